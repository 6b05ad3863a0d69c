"""The metrics of this process."""

from prometheus_client import REGISTRY


def figure(name, **labels):
    return REGISTRY.get_sample_value(name, labels) or 0


def told_by(families):
    """The metrics of a collector or a source, by name and labels."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }
