"""One module of cases for each module of seam checks."""
