"""The person's page in Italian; pure."""

from consent.page.sentences import Sentences

ITALIAN = Sentences(
    code="it",
    dates="it",
    title="Possiamo vedere se legge le nostre e-mail?",
    introduction=(
        "Le nostre e-mail contengono una piccola immagine invisibile. Se acconsente, vediamo "
        "quando apre un'e-mail e quali link segue, e con quale tipo di programma di posta. Riceve "
        "le nostre e-mail in ogni caso."
    ),
    opens="Sì, potete vedere quando apro le vostre e-mail.",
    clicks="Sì, potete vedere quali link seguo.",
    empty_box="Una casella lasciata vuota significa no.",
    who_heading="Chi è il titolare",
    who="{sender}. Scriva a {contact}.",
    purposes_heading="A che cosa serve",
    purposes=(
        "A scrivere e-mail migliori, a confrontare diverse versioni di un'e-mail e a non scrivere "
        "più a chi non legge mai."
    ),
    data_heading="Che cosa viene conservato",
    data=(
        "Quale e-mail è stata aperta e quando, quale link è stato seguito e quando, il tipo di "
        "programma e di dispositivo, e un codice al posto dell'indirizzo della Sua rete."
    ),
    recipients_heading="Chi lo riceve",
    recipients="Solo {sender} e chi gestisce i server per suo conto.",
    duration_heading="Per quanto tempo",
    duration=(
        "Finché {sender} ne ha bisogno per queste finalità, o finché Lei non ne chiede la "
        "cancellazione. La Sua decisione stessa è conservata come prova."
    ),
    duration_days=(
        "Le singole registrazioni sono cancellate dopo {days} giorni; i totali restano. La Sua "
        "decisione stessa è conservata come prova."
    ),
    rights_heading="I Suoi diritti",
    rights=(
        "Può revocare il consenso in qualsiasi momento, qui, in un solo passo; ciò che è stato "
        "misurato prima resta lecito. Può chiedere l'accesso ai Suoi dati, la loro rettifica, la "
        "cancellazione, la limitazione del loro uso e una copia; può opporsi al loro uso. Scriva a "
        "{contact}. Può anche presentare reclamo a un'autorità di protezione dei dati, in Italia "
        "il Garante."
    ),
    policy="Informativa sulla privacy di {sender}",
    addressed="per {address}",
    details="Chi conserva che cosa, per quanto tempo, e i Suoi diritti",
    save="Salvare la mia scelta",
    stop="Non misurare più, anche nelle e-mail che ho già",
    at_once="Vale entro pochi secondi.",
    opens_granted="Il {date} ha acconsentito a farci vedere quando apre le nostre e-mail.",
    opens_denied="Il {date} ha detto no: non conserviamo quando apre le nostre e-mail.",
    clicks_granted="Il {date} ha acconsentito a farci vedere quali link segue.",
    clicks_denied="Il {date} ha detto no: non conserviamo quali link segue.",
    saved="La Sua scelta è salvata.",
    stopped="Salvato: non misuriamo più né le Sue aperture né i Suoi clic.",
    text_changed=(
        "Nel frattempo questo testo è cambiato. La preghiamo di rileggerlo; non è ancora salvato "
        "nulla."
    ),
    too_old="Questo link è troppo vecchio per acconsentire. Può ancora fermare la misurazione.",
    unclear=(
        "L'indirizzo che conosciamo è stato modificato o aggiunto dopo questa e-mail. Non sappiamo "
        "di chi sia questo link, quindi nessuno può acconsentire con esso. Può ancora fermare la "
        "misurazione."
    ),
    no_person=(
        "Il Suo browser sembra un programma automatico, e solo una persona può acconsentire. Non è "
        "stato salvato nulla. La preghiamo di provare con un altro browser."
    ),
    too_many="Troppo spesso. Riprovi tra un minuto; non è ancora salvato nulla.",
    unknown_title="Questo link non porta da nessuna parte",
    unknown=("Apra il link completo della nostra ultima e-mail, oppure scriva a {contact}."),
    unavailable_title="Riprovi tra un momento",
    not_shown="Al momento non possiamo mostrare questa pagina. Non è cambiato nulla.",
    not_saved="La Sua scelta non è ancora salvata. La invii di nuovo tra un momento.",
)
