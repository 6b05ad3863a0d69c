"""What a group of a campaign is for; pure."""

from enum import StrEnum


class Role(StrEnum):
    """Variants are compared; the rest waits for the winner; the control group gets no mail."""

    VARIANT = "variant"
    REST = "rest"
    CONTROL = "control"


# A campaign has one group of each at most.
SINGLE_ROLES = (Role.REST, Role.CONTROL)
LABELS = {
    Role.VARIANT: "Variant",
    Role.REST: "Rest",
    Role.CONTROL: "Control group",
}
CHOICES = [(role.value, label) for role, label in LABELS.items()]
