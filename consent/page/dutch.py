"""The person's page in Dutch; pure."""

from consent.page.sentences import Sentences

DUTCH = Sentences(
    code="nl",
    dates="nl",
    title="Mogen wij zien of u onze e-mails leest?",
    introduction=(
        "Onze e-mails bevatten een kleine onzichtbare afbeelding. Als u toestemt, zien wij wanneer "
        "u een e-mail opent en welke van onze links u volgt, en met wat voor mailprogramma. U "
        "krijgt onze e-mails hoe dan ook."
    ),
    opens="Ja, u mag zien wanneer ik uw e-mails open.",
    clicks="Ja, u mag zien welke links ik volg.",
    empty_box="Een vakje dat u leeg laat, betekent nee.",
    who_heading="Wie verantwoordelijk is",
    who="{sender}. Schrijf naar {contact}.",
    purposes_heading="Waarvoor het dient",
    purposes=(
        "Om betere e-mails te schrijven, om verschillende versies van een e-mail te vergelijken, "
        "en om mensen die nooit lezen niet meer te schrijven."
    ),
    data_heading="Wat wordt bewaard",
    data=(
        "Welke e-mail is geopend en wanneer, welke link is gevolgd en wanneer, het soort programma "
        "en apparaat, en een code in plaats van het adres van uw netwerk."
    ),
    recipients_heading="Wie het krijgt",
    recipients="Alleen {sender}, en wie namens {sender} de servers beheert.",
    duration_heading="Hoe lang",
    duration=(
        "Zolang {sender} het voor deze doelen nodig heeft, of tot u om verwijdering vraagt. Uw "
        "beslissing zelf wordt als bewijs bewaard."
    ),
    duration_days=(
        "Afzonderlijke gegevens worden na {days} dagen verwijderd; totalen blijven. Uw beslissing "
        "zelf wordt als bewijs bewaard."
    ),
    rights_heading="Uw rechten",
    rights=(
        "U kunt uw toestemming altijd intrekken, hier, in één stap; wat daarvoor is gemeten, "
        "blijft rechtmatig. U kunt vragen om inzage in uw gegevens, om correctie, verwijdering of "
        "beperking, en om een kopie; u kunt bezwaar maken tegen het gebruik. Schrijf naar "
        "{contact}. U kunt ook een klacht indienen bij een toezichthouder voor gegevensbescherming."
    ),
    policy="Privacyverklaring van {sender}",
    addressed="voor {address}",
    details="Wie wat bewaart, hoe lang, en uw rechten",
    save="Mijn keuze opslaan",
    stop="Niet meer meten, ook niet in e-mails die ik al heb",
    at_once="Het geldt binnen enkele seconden.",
    opens_granted="Op {date} stemde u ermee in dat wij zien wanneer u onze e-mails opent.",
    opens_denied="Op {date} zei u nee: wij bewaren niet wanneer u onze e-mails opent.",
    clicks_granted="Op {date} stemde u ermee in dat wij zien welke links u volgt.",
    clicks_denied="Op {date} zei u nee: wij bewaren niet welke links u volgt.",
    saved="Uw keuze is opgeslagen.",
    stopped="Opgeslagen: wij meten niet meer wat u opent of aanklikt.",
    text_changed=(
        "Deze tekst is intussen veranderd. Lees hem alstublieft opnieuw; er is nog niets "
        "opgeslagen."
    ),
    too_old="Deze link is te oud om toe te stemmen. Het meten stoppen kan er nog wel mee.",
    unclear=(
        "Het adres dat wij kennen is na deze e-mail gewijzigd of pas toegevoegd. Wij weten niet "
        "van wie deze link is, dus niemand kan ermee toestemmen. Het meten stoppen kan er nog "
        "wel mee."
    ),
    no_person=(
        "Uw browser lijkt op een automatisch programma, en alleen een mens kan toestemmen. Er is "
        "niets opgeslagen. Probeer alstublieft een andere browser."
    ),
    too_many="Dat was te vaak. Probeer het over een minuut opnieuw; er is nog niets opgeslagen.",
    unknown_title="Deze link leidt nergens heen",
    unknown=("Open de hele link uit onze laatste e-mail aan u, of schrijf naar {contact}."),
    unavailable_title="Probeer het zo dadelijk opnieuw",
    not_shown="Wij kunnen deze pagina nu niet tonen. Er is niets veranderd.",
    not_saved="Uw keuze is nog niet opgeslagen. Stuur haar zo dadelijk opnieuw.",
)
