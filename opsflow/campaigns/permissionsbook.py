"""The table of permissions as a page to read: which role holds what, and who may do each verb. Pure."""

from collections.abc import Iterator

from opsflow.campaigns.permissions import Matrix
from opsflow.kernel.terms import Language
from opsflow.kernel.text import Text

TITLE = Text("Who may do what", "谁可以做什么")
INTRO = Text(
    "Made of `sop_templates/permissions.yaml` by `opsflow permissions`. Every door (command line, Slack, pages) asks this "
    "table at the moment of acting, with the roles as they are then; what it does not name is refused. Nobody approves, "
    "scores or lets pass what they wrote, whatever they hold.",
    "本页由 `opsflow permissions` 根据 `sop_templates/permissions.yaml` 生成。命令行、Slack 与页面在操作时都以当时的角色查询此表，"
    "未列出的一律拒绝。无论持有何种权限，任何人不得审批、评分或放行自己撰写的内容。",
)
ROLES = Text("What a role holds", "角色对应的权限")
ROLE_HEAD = Text("| role | permissions |", "| 角色 | 权限 |")
EVERYBODY = Text("everybody", "所有人")
VERBS = Text("What who may do", "操作与权限")
VERB_HEAD = Text("| verb | what | who may |", "| 操作 | 说明 | 谁可以 |")


def page(matrix: Matrix, language: Language) -> str:
    """The whole page, in Markdown."""
    return "\n".join(_lines(matrix, language)) + "\n"


def _lines(matrix: Matrix, language: Language) -> Iterator[str]:
    names = {str(name): text for held in (matrix.permissions, matrix.ties) for name, text in held.items()}
    yield from (f"# {TITLE[language]}", "", INTRO[language], "", f"## {ROLES[language]}", "")
    yield from (ROLE_HEAD[language], "|---|---|", f"| {EVERYBODY[language]} | {', '.join(matrix.everyone)} |")
    for role, held in matrix.roles.items():
        if held:
            yield f"| {role} | {', '.join(held)} |"
    yield from ("", f"## {VERBS[language]}", "", VERB_HEAD[language], "|---|---|---|")
    for verb, line in sorted(matrix.verbs.items()):
        who = dict.fromkeys(names[name][language] for name in line.may)
        yield f"| `{verb}` | {line.what[language]} | {('；' if language == 'zh' else '; ').join(who)} |"
