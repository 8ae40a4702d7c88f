"""The Helm chart: linted and rendered by Helm's own code, and each manifest held against Kubernetes' schemas.

No cluster is asked: none is here.
"""

import json
from typing import Any

import pytest
import yaml
from tests.deploy.places import CHART, DATA_UID, SETTINGS

from askonce import __version__

helm = pytest.importorskip("helm_python", reason="NOT LINTED: it comes with helm-python-sdk")
kubernetes = pytest.importorskip(
    "kubernetes_validate", reason="NOT LINTED: it comes with kubernetes-validate"
)

Manifest = dict[str, Any]
KUBERNETES = ("1.25", "1.37")  # The oldest that the chart takes, and the newest whose schemas are here.
EVERYTHING: Manifest = {
    "image": {"repository": "registry.example.org/askonce", "tag": "1.2.3"},
    "imagePullSecrets": [{"name": "pull"}],
    "settings": {
        "max_body_bytes": 4_194_304,
        "cors_origins": ["https://a.example", "https://b.example"],
        "near_miss_log": "prompts",
        "durability": "process",
    },
    "config": '[embedders.small]\nbase_url = "http://embedder/v1"\nmodel = "m"\ndimensions = 8\n',
    "extraEnv": [{"name": "EMBEDDER_KEY", "value": "secret"}],
    "auth": {"adminToken": "a" * 20, "apiKey": "k" * 20, "cacheId": "0" * 32},
    "tls": {"secretName": "askonce-tls"},
    "service": {"type": "LoadBalancer", "port": 443, "annotations": {"a": "b"}},
    "persistence": {"size": "2Ti", "storageClass": "fast", "annotations": {"a": "b"}},
    "podAnnotations": {"a": "b"},
    "podLabels": {"a": "b"},
    "nodeSelector": {"disk": "ssd"},
    "tolerations": [{"key": "a", "operator": "Exists"}],
    "affinity": {"nodeAffinity": {}},
    "priorityClassName": "high",
}
SETS: list[Manifest] = [{}, EVERYTHING, {"auth": {"existingSecret": "mine"}}]


def rendered(values: Manifest) -> dict[str, Manifest]:
    """The manifests by their kind."""
    with helm.Chart.load(CHART) as chart:
        files = chart.render(values, name="demo", namespace="prod")
    texts = [text for path, text in files.items() if path.endswith(".yaml")]
    manifests = [one for text in texts for one in yaml.safe_load_all(text) if one is not None]
    return {one["kind"]: one for one in manifests}


def pod_of(values: Manifest) -> Manifest:
    pod: Manifest = rendered(values)["StatefulSet"]["spec"]["template"]["spec"]
    return pod


def variables_of(values: Manifest) -> dict[str, Any]:
    (container,) = pod_of(values)["containers"]
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container["env"]}


@pytest.mark.parametrize("values", SETS, ids=["defaults", "everything", "own secret"])
def test_helm_lint_finds_nothing_to_warn_of(values: Manifest) -> None:
    report = helm.lint(CHART, values, strict=True)

    assert report["errors"] == []
    assert [one for one in report["messages"] if one["severity"] > 1] == []


@pytest.mark.parametrize("version", KUBERNETES)
@pytest.mark.parametrize("values", SETS, ids=["defaults", "everything", "own secret"])
def test_every_manifest_is_one_of_kubernetes(values: Manifest, version: str) -> None:
    for manifest in rendered(values).values():
        kubernetes.validate(manifest, version, strict=True)


def test_a_manifest_with_a_typing_mistake_would_be_found() -> None:
    manifest = rendered({})["StatefulSet"]
    manifest["spec"]["template"]["spec"]["enableServiceLink"] = False

    with pytest.raises(kubernetes.ValidationError):
        kubernetes.validate(manifest, KUBERNETES[-1], strict=True)


def test_the_versions_are_the_packages_own() -> None:
    assert yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"] == __version__


def test_one_pod_keeps_its_data_on_a_volume_of_its_own() -> None:
    spec = rendered({})["StatefulSet"]["spec"]
    (claim,) = spec["volumeClaimTemplates"]

    assert spec["replicas"] == 1
    assert claim["metadata"]["name"] == "data"
    assert {"name": "data", "mountPath": "/data"} in pod_of({})["containers"][0]["volumeMounts"]
    assert variables_of({})["ASKONCE_DATA"] == "/data"


def test_it_runs_without_any_right_it_does_not_need() -> None:
    pod = pod_of({})
    (container,) = pod["containers"]

    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["fsGroup"] == DATA_UID
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_kubernetes_sets_no_variable_that_looks_like_a_setting() -> None:
    """A Service named askonce would give its pods ASKONCE_PORT=tcp://…, and the server would not start."""
    assert pod_of({})["enableServiceLinks"] is False


def test_settings_become_variables_as_the_server_reads_them() -> None:
    variables = variables_of(EVERYTHING)

    assert variables["ASKONCE_MAX_BODY_BYTES"] == "4194304"
    assert variables["ASKONCE_CORS_ORIGINS"] == "https://a.example,https://b.example"
    assert variables["EMBEDDER_KEY"] == "secret"
    ours = {name.removeprefix("ASKONCE_").lower() for name in variables if name.startswith("ASKONCE_")}
    assert ours <= SETTINGS


def test_tokens_are_in_a_secret_only() -> None:
    manifests = rendered(EVERYTHING)

    assert manifests["Secret"]["stringData"] == EVERYTHING["auth"]
    for kind, manifest in manifests.items():
        assert ("a" * 20 in json.dumps(manifest)) == (kind == "Secret")
    assert "Secret" not in rendered({"auth": {"existingSecret": "mine"}})
    reference = variables_of({"auth": {"existingSecret": "mine"}})["ASKONCE_ADMIN_TOKEN"]
    assert reference == {"secretKeyRef": {"name": "mine", "key": "adminToken", "optional": True}}


def test_with_a_certificate_the_probes_speak_tls_and_the_folder_is_mounted_whole() -> None:
    (container,) = pod_of(EVERYTHING)["containers"]
    (mount,) = [one for one in container["volumeMounts"] if one["name"] == "tls"]

    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["scheme"] == "HTTPS"
    assert "subPath" not in mount  # With it a renewed secret would never reach the container.
    assert variables_of(EVERYTHING)["ASKONCE_TLS_KEY"].startswith(mount["mountPath"])


def test_a_change_of_the_settings_file_starts_the_pod_anew() -> None:
    def checksum(config: str) -> str:
        template = rendered({"config": config})["StatefulSet"]["spec"]["template"]
        return str(template["metadata"]["annotations"]["checksum/config"])

    assert checksum("a = 1") != checksum("a = 2")


@pytest.mark.parametrize(
    "values",
    [
        {"setings": {}},
        {"settings": {"port": 80}},
        {"settings": {"max-body-bytes": 1}},
        {"settings": {"memo_entries": {"a": 1}}},
        {"image": {"repository": ""}},
        {"image": {"pullPolicy": "Sometimes"}},
        {"auth": {"adminToken": "short"}},
        {"auth": {"cacheId": "X"}},
        {"service": {"port": 0}},
        {"persistence": {"size": "ten"}},
    ],
)
def test_values_that_can_not_be_are_refused_before_anything_is_installed(values: Manifest) -> None:
    with helm.Chart.load(CHART) as chart, pytest.raises(helm.HelmError):
        chart.validate_schema(values)
