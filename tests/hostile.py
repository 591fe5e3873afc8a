"""Names nobody should have given, which every format must show as they are."""

from __future__ import annotations

from journeylib.spec.model import TargetSpec
from journeylib.spec.parts import Activity, Stage
from tests.spec_fixtures import same, small_spec

NAMES = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\"double\" 'single' `back` “full”",
    "=1+1",
    "@SUM(A1)",
    "x" * 2000,
    "😀 emoji \U0001f468\u200d\U0001f469",
    "\u202eright to left\u202c שלום",
    "a|b;c) then (no",
    "one\ntwo\n!include /etc/passwd\n@enduml",
    "1. **bold** _it_ [link](http://example.com) ~~gone~~ $x^2$ &amp;",
    '%getenv("HOME") \\n #quot; end',
    "bell\x07 and null\x00",
)


def hostile_spec(name: str) -> TargetSpec:
    """The small specification with `name` in the place of all names."""
    spec = small_spec()
    text = same(name)

    def renamed(stage: Stage) -> Stage:
        activities = tuple(_named(activity, name) for activity in stage.activities)
        criteria = tuple(c.model_copy(update={"text": text}) for c in stage.exit)
        changes = {"name": text, "definition": text, "activities": activities, "exit": criteria}
        return stage.model_copy(update=changes)

    return spec.model_copy(
        update={
            "name": text,
            "stages": tuple(map(renamed, spec.stages)),
            "departments": tuple(d.model_copy(update={"name": text}) for d in spec.departments),
            "information": tuple(i.model_copy(update={"name": text}) for i in spec.information),
            "notes": (text,),
        }
    )


def _named(activity: Activity, name: str) -> Activity:
    return activity.model_copy(update={"name": same(name)})
