"""How tests are shared out to processes: what takes seconds to make, servers above all, is made in one of them."""

from xdist.scheduler.loadscope import LoadScopeScheduling  # type: ignore[import-untyped]

TOGETHER = {
    "tests/flows/test_deployments.py": "api",
    "tests/flows/test_launcher.py": "api",
    "tests/flows/test_stage_flows.py": "api",
    "tests/flows/test_sweeps.py": "api",
    "tests/flows/test_up.py": "api",
    "tests/flows/test_deploy.py": "wheel",
    "tests/rehearsal/test_rehearsal_whole.py": "wheel",
    "tests/test_wheel.py": "wheel",
}
"""Files that share a fixture of the whole session. Any other file is at home in one process by itself."""
APART = frozenset({"tests/engine/test_standard_lives.py", "tests/rehearsal/test_many_seeds.py"})
"""Files of long tests that share nothing: each test goes to whoever is free."""


class OnceMade(LoadScopeScheduling):  # type: ignore[misc]
    """By file. (The marks of `--dist loadgroup` are lost on the way with pytest 9.2 and pytest-xdist 3.8.)"""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if file in APART else TOGETHER.get(file, file)
