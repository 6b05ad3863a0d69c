"""The person's page in German; pure."""

from consent.page.sentences import Sentences

GERMAN = Sentences(
    code="de",
    dates="de",
    title="Dürfen wir sehen, ob Sie unsere E-Mails lesen?",
    introduction=(
        "Unsere E-Mails enthalten ein kleines unsichtbares Bild. Wenn Sie einwilligen, sehen wir, "
        "wann Sie eine E-Mail öffnen und welchen unserer Links Sie folgen, und mit welcher Art von "
        "Mailprogramm. Sie erhalten unsere E-Mails in jedem Fall."
    ),
    opens="Ja, Sie dürfen sehen, wann ich Ihre E-Mails öffne.",
    clicks="Ja, Sie dürfen sehen, welchen Links ich folge.",
    empty_box="Ein leeres Kästchen bedeutet Nein.",
    who_heading="Wer verantwortlich ist",
    who="{sender}. Schreiben Sie an {contact}.",
    purposes_heading="Wozu es dient",
    purposes=(
        "Um bessere E-Mails zu schreiben, um verschiedene Fassungen einer E-Mail zu vergleichen, "
        "und um Menschen, die nie lesen, nicht mehr zu schreiben."
    ),
    data_heading="Was gespeichert wird",
    data=(
        "Welche E-Mail wann geöffnet und welcher Link wann angeklickt wurde, die Art des Programms "
        "und des Geräts, und ein Code anstelle der Adresse Ihres Netzes."
    ),
    recipients_heading="Wer es erhält",
    recipients="Nur {sender} und wer in dessen Auftrag die Server betreibt.",
    duration_heading="Wie lange",
    duration=(
        "So lange {sender} es für diese Zwecke braucht, oder bis Sie die Löschung verlangen. Ihre "
        "Entscheidung selbst wird als Nachweis aufbewahrt."
    ),
    duration_days=(
        "Einzelne Einträge werden nach {days} Tagen gelöscht; Summen bleiben. Ihre Entscheidung "
        "selbst wird als Nachweis aufbewahrt."
    ),
    rights_heading="Ihre Rechte",
    rights=(
        "Sie können jederzeit hier in einem Schritt widerrufen; was vorher gemessen wurde, bleibt "
        "rechtmäßig. Sie können Auskunft über Ihre Daten verlangen, deren Berichtigung, Löschung "
        "oder Einschränkung, eine Kopie davon, und der Nutzung widersprechen. Schreiben Sie an "
        "{contact}. Sie können sich auch bei einer Datenschutzbehörde beschweren."
    ),
    policy="Datenschutzerklärung von {sender}",
    addressed="für {address}",
    details="Wer was wie lange speichert, und Ihre Rechte",
    save="Meine Wahl speichern",
    stop="Nicht mehr messen, auch in E-Mails, die ich schon habe",
    at_once="Das gilt binnen Sekunden.",
    opens_granted="Am {date} haben Sie eingewilligt, dass wir sehen, wann Sie E-Mails öffnen.",
    opens_denied="Am {date} haben Sie Nein gesagt: Wir speichern nicht, wann Sie E-Mails öffnen.",
    clicks_granted="Am {date} haben Sie eingewilligt, dass wir sehen, welchen Links Sie folgen.",
    clicks_denied="Am {date} haben Sie Nein gesagt: Wir speichern nicht, welchen Links Sie folgen.",
    saved="Ihre Wahl ist gespeichert.",
    stopped="Gespeichert: Wir messen weder, was Sie öffnen, noch, was Sie anklicken.",
    text_changed=(
        "Dieser Text hat sich inzwischen geändert. Bitte lesen Sie ihn noch einmal; gespeichert "
        "ist noch nichts."
    ),
    too_old="Dieser Link ist zu alt, um einzuwilligen. Das Messen beenden kann er noch.",
    unclear=(
        "Die Adresse, die wir kennen, wurde nach dieser E-Mail geändert oder erst eingetragen. Wir "
        "wissen nicht, wem dieser Link gehört, deshalb kann damit niemand einwilligen. Das Messen "
        "beenden kann er weiterhin."
    ),
    no_person=(
        "Ihr Browser sieht aus wie ein automatisches Programm, und nur ein Mensch kann einwilligen."
        " Gespeichert ist nichts. Bitte versuchen Sie es mit einem anderen Browser."
    ),
    too_many=(
        "Das war zu oft. Bitte versuchen Sie es in einer Minute wieder; gespeichert ist noch "
        "nichts."
    ),
    unknown_title="Dieser Link führt nirgendwohin",
    unknown=(
        "Bitte öffnen Sie den ganzen Link aus unserer letzten E-Mail an Sie, oder schreiben Sie an "
        "{contact}."
    ),
    unavailable_title="Bitte versuchen Sie es gleich noch einmal",
    not_shown="Wir können diese Seite gerade nicht zeigen. Geändert wurde nichts.",
    not_saved="Ihre Wahl ist noch nicht gespeichert. Bitte senden Sie sie gleich noch einmal.",
)
