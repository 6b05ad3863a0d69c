"""The person's page in French; pure."""

from consent.page.sentences import Sentences

FRENCH = Sentences(
    code="fr",
    dates="fr",
    title="Pouvons-nous voir si vous lisez nos e-mails ?",
    introduction=(
        "Nos e-mails contiennent une petite image invisible. Si vous êtes d'accord, nous voyons "
        "quand vous ouvrez un e-mail et quels liens vous suivez, et avec quel type de messagerie. "
        "Vous recevez nos e-mails dans tous les cas."
    ),
    opens="Oui, vous pouvez voir quand j'ouvre vos e-mails.",
    clicks="Oui, vous pouvez voir quels liens je suis.",
    empty_box="Une case laissée vide signifie non.",
    who_heading="Qui est responsable",
    who="{sender}. Écrivez à {contact}.",
    purposes_heading="À quoi cela sert",
    purposes=(
        "À écrire de meilleurs e-mails, à comparer différentes versions d'un e-mail, et à ne plus "
        "écrire aux personnes qui ne lisent jamais."
    ),
    data_heading="Ce qui est conservé",
    data=(
        "Quel e-mail a été ouvert et quand, quel lien a été suivi et quand, le type de programme "
        "et d'appareil, et un code à la place de l'adresse de votre réseau."
    ),
    recipients_heading="Qui y a accès",
    recipients="Uniquement {sender}, et ceux qui gèrent ses serveurs pour son compte.",
    duration_heading="Pendant combien de temps",
    duration=(
        "Aussi longtemps que {sender} en a besoin pour ces finalités, ou jusqu'à ce que vous en "
        "demandiez l'effacement. Votre décision elle-même est conservée comme preuve."
    ),
    duration_days=(
        "Chaque enregistrement est supprimé après {days} jours ; les totaux restent. Votre "
        "décision elle-même est conservée comme preuve."
    ),
    rights_heading="Vos droits",
    rights=(
        "Vous pouvez retirer votre accord à tout moment, ici, en une étape ; ce qui a été mesuré "
        "avant reste licite. Vous pouvez demander l'accès à vos données, leur rectification, leur "
        "effacement, la limitation de leur usage et une copie ; vous pouvez vous opposer à leur "
        "usage. Écrivez à {contact}. Vous pouvez aussi adresser une réclamation à une autorité de "
        "protection des données, en France la CNIL."
    ),
    policy="Politique de confidentialité de {sender}",
    addressed="pour {address}",
    details="Qui conserve quoi, combien de temps, et vos droits",
    save="Enregistrer mon choix",
    stop="Ne plus mesurer, même dans les e-mails déjà reçus",
    at_once="Cela prend effet en quelques secondes.",
    opens_granted="Le {date}, vous avez accepté que nous voyions quand vous ouvrez nos e-mails.",
    opens_denied="Le {date}, vous avez dit non : nous ne conservons pas quand vous les ouvrez.",
    clicks_granted="Le {date}, vous avez accepté que nous voyions quels liens vous suivez.",
    clicks_denied="Le {date}, vous avez dit non : nous ne conservons pas quels liens vous suivez.",
    saved="Votre choix est enregistré.",
    stopped="C'est enregistré : nous ne mesurons plus ni vos ouvertures ni vos clics.",
    text_changed=(
        "Ce texte a changé entre-temps. Veuillez le relire ; rien n'est encore enregistré."
    ),
    too_old="Ce lien est trop ancien pour donner un accord. Il permet encore d'arrêter la mesure.",
    unclear=(
        "L'adresse que nous connaissons a été modifiée ou ajoutée après cet e-mail. Nous ne savons "
        "pas à qui appartient ce lien : personne ne peut donc donner son accord par lui. Il permet "
        "encore d'arrêter la mesure."
    ),
    no_person=(
        "Votre navigateur ressemble à un programme automatique, et seule une personne peut donner "
        "son accord. Rien n'est enregistré. Veuillez essayer un autre navigateur."
    ),
    too_many=(
        "C'est trop fréquent. Veuillez réessayer dans une minute ; rien n'est encore enregistré."
    ),
    unknown_title="Ce lien ne mène nulle part",
    unknown=("Veuillez ouvrir le lien complet de notre dernier e-mail, ou écrire à {contact}."),
    unavailable_title="Veuillez réessayer dans un instant",
    not_shown="Nous ne pouvons pas afficher cette page pour le moment. Rien n'a été modifié.",
    not_saved="Votre choix n'est pas encore enregistré. Veuillez le renvoyer dans un instant.",
)
