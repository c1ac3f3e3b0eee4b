"""A new rule, its test and its documentation, written to be changed: `capshift new-rule`.

| module | what it holds |
|---|---|
| names | `RuleName`: a rule's name, its class's and its file's |
| drafts | the files of a rule that stands alone, or of one of capshift's own |
| checkout | what else a checkout of capshift says of each rule, and where |
| writing | all of several files, or none of them |
"""

from capshift.scaffold.checkout import is_checkout
from capshift.scaffold.drafts import STYLES, new_rule
from capshift.scaffold.names import RuleName

__all__ = ["STYLES", "RuleName", "is_checkout", "new_rule"]
