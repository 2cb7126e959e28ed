"""The Kubernetes files: valid by its schemas, restricted, and naming what there is."""

from pathlib import Path
from typing import Any

import pytest

from forgelake.cli.main import app
from forgelake.settings import load
from tests.deploy import image
from tests.deploy.files import DEPLOY, document, documents

FOLDER = DEPLOY / "kubernetes"
LISTED: list[str] = document(FOLDER / "kustomization.yaml")["resources"]
FILES = sorted({*LISTED, "cronjob.yaml"})
RESOURCES: list[Any] = [resource for name in FILES for resource in documents(FOLDER / name)]
SECRETS = "/run/secrets/forgelake"
# The oldest that its makers still mend, and the newest whose schemas are known.
VERSIONS = ("1.35", "1.37")


def of_kind(kind: str) -> list[Any]:
    return [resource for resource in RESOURCES if resource["kind"] == kind]


def pods() -> list[Any]:
    within = [job["spec"]["jobTemplate"] for job in of_kind("CronJob")]
    return [one["spec"]["template"] for one in [*of_kind("Deployment"), *within]]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_resource_is_valid(version: str) -> None:
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    for resource in RESOURCES:
        kubernetes_validate.validate(resource, version, strict=True)


def test_every_file_is_listed_or_stands_in_for_one_that_is() -> None:
    assert {path.name for path in FOLDER.glob("*.yaml")} == {*FILES, "kustomization.yaml"}
    worker, cron = (list(documents(FOLDER / name)) for name in ("worker.yaml", "cronjob.yaml"))
    assert [one["metadata"] for one in worker] == [one["metadata"] for one in cron]
    assert worker[1] == cron[1]


@pytest.mark.parametrize("pod", pods(), ids=lambda pod: pod["spec"]["containers"][0]["args"][-1])
def test_a_pod_is_restricted_and_bounded(pod: Any) -> None:
    spec = pod["spec"]
    (container,) = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"]
    assert (
        f"\nUSER {spec['securityContext']['runAsUser']}:{spec['securityContext']['runAsGroup']}\n" in image.DOCKERFILE
    )
    assert not spec["automountServiceAccountToken"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert "memory" in container["resources"]["limits"]
    mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert mounted.keys() == {volume["name"] for volume in spec["volumes"]}
    assert mounted["data"] == image.variables()["FORGELAKE_HOME"]
    assert mounted["secrets"] == SECRETS


@pytest.mark.parametrize("pod", pods(), ids=lambda pod: pod["spec"]["containers"][0]["args"][-1])
def test_a_pod_runs_a_command_with_settings_that_there_are(pod: Any, tmp_path: Path) -> None:
    (container,) = pod["spec"]["containers"]
    app.parse_args(container["args"], exit_on_error=False, print_error=False)
    (settings,) = of_kind("ConfigMap")
    own = {one["name"]: one["value"] for one in container.get("env", [])}
    for name in ("s3_secret", "github_token"):
        (tmp_path / name).write_text("invented")
    (tmp_path / "database_url").write_text("postgresql://forgelake:invented@db/forgelake")
    given = {name: value.replace(SECRETS, str(tmp_path)) for name, value in {**settings["data"], **own}.items()}
    loaded = load({**image.variables(), **given}, tmp_path)
    assert loaded.storage.uri.startswith("s3://")
    assert loaded.api.anonymous == "never"


def test_probes_ask_what_there_is_at_the_port_that_is_listened_on() -> None:
    (serve,) = (pod for pod in pods() if "serve" in pod["spec"]["containers"][0]["args"])
    (container,) = serve["spec"]["containers"]
    (port,) = container["ports"]
    assert port["containerPort"] == load({}, FOLDER).api.port
    asked = {container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
    assert asked == {"/api/v1/health", "/api/v1/ready"}
    (service,) = of_kind("Service")
    assert service["spec"]["ports"][0]["targetPort"] == port["name"]


def test_selectors_find_their_pods_and_claims_their_volumes() -> None:
    labels = [pod["metadata"]["labels"] for pod in pods()]
    for deployment in of_kind("Deployment"):
        wanted = deployment["spec"]["selector"]["matchLabels"]
        assert wanted == deployment["spec"]["template"]["metadata"]["labels"]
    assert of_kind("Service")[0]["spec"]["selector"] in labels
    volumes = [volume for pod in pods() for volume in pod["spec"]["volumes"]]
    claimed = {volume["persistentVolumeClaim"]["claimName"] for volume in volumes if "persistentVolumeClaim" in volume}
    assert claimed == {claim["metadata"]["name"] for claim in of_kind("PersistentVolumeClaim")}
    assert not of_kind("Secret"), "secrets are made by hand, and stand in no file"


def test_what_is_not_opened_is_closed() -> None:
    everything, serve = of_kind("NetworkPolicy")
    assert everything["spec"]["podSelector"] == {}
    assert set(everything["spec"]["policyTypes"]) == {"Ingress", "Egress"}
    assert "ingress" not in everything["spec"]
    assert serve["spec"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 8000}]
