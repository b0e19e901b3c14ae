"""Image references."""


def names_a_version(image: str) -> bool:
    """Whether a reference has a digest, or a tag that is not `latest` (which a digest does not excuse)."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    return tag != "latest" and bool(tag or "@sha256:" in image)
