"""One module of cases for each module of seam checks."""

import pytest

pytest.register_assert_rewrite("tests.constructs.seams.case")  # its assertions are the tests'
