"""The person's page in Spanish; pure."""

from consent.page.sentences import Sentences

SPANISH = Sentences(
    code="es",
    dates="es",
    title="¿Podemos ver si lee nuestros correos?",
    introduction=(
        "Nuestros correos contienen una pequeña imagen invisible. Si está de acuerdo, vemos cuándo "
        "abre un correo y qué enlaces sigue, y con qué tipo de programa de correo. Recibirá "
        "nuestros correos en cualquier caso."
    ),
    opens="Sí, pueden ver cuándo abro sus correos.",
    clicks="Sí, pueden ver qué enlaces sigo.",
    empty_box="Una casilla que deje vacía significa no.",
    who_heading="Quién es responsable",
    who="{sender}. Escriba a {contact}.",
    purposes_heading="Para qué sirve",
    purposes=(
        "Para escribir mejores correos, para comparar distintas versiones de un correo y para "
        "dejar de escribir a quienes nunca leen."
    ),
    data_heading="Qué se guarda",
    data=(
        "Qué correo se abrió y cuándo, qué enlace se siguió y cuándo, el tipo de programa y de "
        "dispositivo, y un código en lugar de la dirección de su red."
    ),
    recipients_heading="Quién lo recibe",
    recipients="Solo {sender} y quienes gestionan sus servidores por encargo suyo.",
    duration_heading="Durante cuánto tiempo",
    duration=(
        "Mientras {sender} lo necesite para estos fines, o hasta que usted pida su supresión. Su "
        "propia decisión se guarda como prueba."
    ),
    duration_days=(
        "Cada registro se borra después de {days} días; los totales se conservan. Su propia "
        "decisión se guarda como prueba."
    ),
    rights_heading="Sus derechos",
    rights=(
        "Puede retirar su consentimiento en cualquier momento, aquí, en un solo paso; lo medido "
        "antes sigue siendo lícito. Puede pedir el acceso a sus datos, su rectificación, su "
        "supresión, la limitación de su uso y una copia; puede oponerse a su uso. Escriba a "
        "{contact}. También puede reclamar ante una autoridad de protección de datos."
    ),
    policy="Política de privacidad de {sender}",
    addressed="para {address}",
    details="Quién guarda qué, cuánto tiempo, y sus derechos",
    save="Guardar mi elección",
    stop="Dejar de medir, también en los correos que ya tengo",
    at_once="Tiene efecto en unos segundos.",
    opens_granted="El {date} aceptó que veamos cuándo abre nuestros correos.",
    opens_denied="El {date} dijo que no: no guardamos cuándo abre nuestros correos.",
    clicks_granted="El {date} aceptó que veamos qué enlaces sigue.",
    clicks_denied="El {date} dijo que no: no guardamos qué enlaces sigue.",
    saved="Su elección está guardada.",
    stopped="Guardado: ya no medimos ni sus aperturas ni sus clics.",
    text_changed=(
        "Este texto ha cambiado entretanto. Léalo de nuevo, por favor; todavía no se ha guardado "
        "nada."
    ),
    too_old="Este enlace es demasiado antiguo para aceptar. Todavía puede detener la medición.",
    unclear=(
        "La dirección que conocemos se cambió o se añadió después de este correo. No sabemos de "
        "quién es este enlace, por lo que nadie puede aceptar con él. Todavía puede detener "
        "la medición."
    ),
    no_person=(
        "Su navegador parece un programa automático, y solo una persona puede aceptar. No se ha "
        "guardado nada. Pruebe con otro navegador, por favor."
    ),
    too_many="Demasiadas veces. Inténtelo de nuevo en un minuto; todavía no se ha guardado nada.",
    unknown_title="Este enlace no lleva a ninguna parte",
    unknown=("Abra el enlace completo de nuestro último correo, o escriba a {contact}."),
    unavailable_title="Inténtelo de nuevo en un momento",
    not_shown="Ahora mismo no podemos mostrar esta página. No se ha cambiado nada.",
    not_saved="Su elección todavía no está guardada. Envíela de nuevo en un momento.",
)
