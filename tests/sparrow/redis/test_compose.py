"""docker-compose.yml says what the code understands, and opens no door to the network."""

import re
from pathlib import Path

import pytest
import yaml

from sparrow.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
ITEMS = pytest.mark.parametrize(("name", "service"), SERVICES.items(), ids=list(SERVICES))


def test_the_services_and_profiles():
    profiles = {name: service.get("profiles", []) for name, service in SERVICES.items()}
    assert profiles == {
        "redis": [],
        "online": [],
        "spark-master": ["cluster"],
        "spark-worker": ["cluster"],
        "pipeline": ["cluster"],
        "tfserving": ["tfserving"],
    }


@ITEMS
def test_ports_are_published_to_this_machine_alone(name, service):
    for port in service.get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)


@ITEMS
def test_images_are_pinned(name, service):
    assert re.fullmatch(r"[\w/-]+:\d+\.\d+[\w.-]*", service["image"])


@ITEMS
def test_what_a_service_refers_to_exists(name, service):
    assert set(service.get("depends_on", [])) <= set(SERVICES)
    volumes = {volume.split(":")[0] for volume in service.get("volumes", [])}
    assert volumes <= set(COMPOSE["volumes"])


def test_every_variable_is_a_setting_and_every_value_fits():
    for service in SERVICES.values():
        values = {
            name.removeprefix("SPARROW_").lower(): value
            for name, value in service.get("environment", {}).items()
            if not str(value).startswith("${")
        }
        assert set(values) <= set(Settings.model_fields)
        Settings.model_validate(values)


def test_redis_keeps_what_it_acknowledged():
    command = SERVICES["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--appendfsync") + 1] == "always"
    assert "healthcheck" in SERVICES["redis"]


def test_the_image_has_all_that_the_lock_and_the_houses_name():
    docker = (ROOT / "Dockerfile").read_text()
    sent = (ROOT / ".dockerignore").read_text()
    for source in re.findall(r"^COPY (\S.*) \S+$", docker, re.MULTILINE):
        for path in source.split():
            assert (ROOT / path).exists()
            assert f"!{path}\n" in sent


def test_the_lock_files_agree():
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")
