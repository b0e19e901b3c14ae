"""What the rows say of the promise for 2,000 objects, and who is faster than ours."""

from collections.abc import Sequence

from bench.synth.table import Row

PROMISED_AT = 2000
PROMISED = {"plain cdk8s": 4.0, "kustomize": 1.0, "Kapitan": 1.0}


def verdict(rows: Sequence[Row]) -> str:
    """Of one number of objects."""
    lines = [f"{rows[0].objects} objects:", ""]
    for start, promised in PROMISED.items() if rows[0].objects == PROMISED_AT else ():
        # Of a peer with two ways to use it, the faster one counts.
        best = min((row for row in rows if row.name.startswith(start)), key=lambda row: row.ratio)
        word = "kept" if best.ratio >= promised else "**MISSED**"
        lines.append(f"- {best.name}: {best.ratio:.2f} times our time, promised {promised:.0f}: {word}")
    faster = [f"{row.name} ({row.ratio:.2f})" for row in rows if row.ratio < 1]
    lines.append(f"- faster than ours: {', '.join(faster) or 'none'}")
    return "\n".join(lines) + "\n"
