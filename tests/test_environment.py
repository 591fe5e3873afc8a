"""environment.yml, pyproject.toml and constraints.txt must tell the same story."""

import itertools
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]

CONDA_NAMES = {"graphviz": "python-graphviz", "ibis-framework": "ibis-duckdb"}
"""Packages that conda-forge calls otherwise."""


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


@pytest.fixture(scope="module")
def conda():
    return yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]


def _versions(requirements):
    parsed = map(Requirement, requirements)
    return {CONDA_NAMES.get(r.name, r.name): str(r.specifier) for r in parsed}


def test_conda_and_pip_ask_for_the_same(project, conda):
    pip_only = next(entry["pip"] for entry in conda if isinstance(entry, dict))
    listed = [entry for entry in conda if isinstance(entry, str) and entry != "pip"]
    listed += [entry for entry in pip_only if not entry.startswith("-e")]
    expected = _versions(project["dependencies"]) | {"python": project["requires-python"]}
    assert _versions(listed) == expected


def test_every_dependency_has_a_constraint_it_accepts(project):
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = {r.name.lower(): r for r in map(Requirement, lines)}
    extras = project["optional-dependencies"].values()
    for requirement in map(Requirement, itertools.chain(project["dependencies"], *extras)):
        if requirement.name != "journeylib":
            version = str(pinned[requirement.name.lower()].specifier).removeprefix("==")
            assert requirement.specifier.contains(version), requirement.name


def test_constraints_are_plain_pins():
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        assert re.match(r"^[a-z0-9._-]+==[\w.+]+( ; .+)?$", line), line


def test_version_is_told_once(project):
    import journeylib

    assert journeylib.__version__ == project["version"]
