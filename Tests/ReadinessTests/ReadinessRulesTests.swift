import JSON
import Model
import Readiness
import Testing

@Suite struct ReadinessRulesTests {
    private func object(
        _ apiVersion: String, _ kind: String, generation: Int = 2, spec: JSONValue = [:], status: JSONValue = [:]
    ) -> LiveObject {
        LiveObject([
            "apiVersion": .string(apiVersion), "kind": .string(kind), "spec": spec, "status": status,
            "metadata": ["name": "x", "namespace": "ns", "generation": .integer(generation)],
        ])
    }

    private func deployment(observed: Int = 2, replicas: Int = 2, updated: Int = 2, ready: Int = 2, total: Int = 2) -> LiveObject {
        object("apps/v1", "Deployment", spec: ["replicas": .integer(replicas)], status: [
            "observedGeneration": .integer(observed), "replicas": .integer(total), "updatedReplicas": .integer(updated),
            "readyReplicas": .integer(ready), "availableReplicas": .integer(ready),
        ])
    }

    private func pod(waiting reason: String) -> LiveObject {
        LiveObject([
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p-1", "namespace": "ns"],
            "status": ["containerStatuses": [[
                "name": "etl", "state": ["waiting": ["reason": .string(reason), "message": "no such image"]],
            ]]],
        ])
    }

    @Test func aDeploymentIsReadyOnlyAtItsOwnGenerationWithoutOldPods() {
        #expect(ReadinessRules.judge(deployment()) == .ready)
        #expect(ReadinessRules.judge(deployment(observed: 1)) == .progressing("its controller has not seen the change yet"))
        #expect(ReadinessRules.judge(deployment(updated: 1)) == .progressing("1 of 2 replicas updated"))
        #expect(ReadinessRules.judge(deployment(ready: 1)) == .progressing("1 of 2 replicas ready"))
        #expect(ReadinessRules.judge(deployment(total: 3)) == .progressing("1 old replicas still there"))
        #expect(ReadinessRules.judge(object("apps/v1", "Deployment")) == .progressing("its controller has not seen it yet"))
    }

    /// A runner whose handler cannot be loaded is ready, and ends seconds later.
    @Test func podsThatAreReadyMustStaySo() {
        func deployment(available: Int) -> LiveObject {
            object("apps/v1", "Deployment", spec: ["replicas": 2, "minReadySeconds": 10], status: [
                "observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": .integer(available),
            ])
        }
        #expect(ReadinessRules.judge(deployment(available: 1)) == .progressing("1 of 2 replicas ready for 10 s"))
        #expect(ReadinessRules.judge(deployment(available: 2)) == .ready)
    }

    @Test func podsThatCannotStartFailTheWorkloadAtOnce() {
        let related = RelatedObjects(pods: [pod(waiting: "ImagePullBackOff")])
        #expect(ReadinessRules.judge(deployment(ready: 1), related: related) == .failed(ReadinessFailure(
            reason: "ImagePullBackOff", message: "container etl: no such image", pod: FailingPod(name: "p-1", uid: "", container: "etl"))))
        let starting = RelatedObjects(pods: [pod(waiting: "ContainerCreating")])
        #expect(ReadinessRules.judge(deployment(ready: 1), related: starting) == .progressing("1 of 2 replicas ready"))
        #expect(ReadinessRules.judge(deployment(), related: related) == .ready)
    }

    @Test func refusedPodsFailTheWorkload() {
        let refused = object("apps/v1", "Deployment", spec: ["replicas": 1], status: [
            "observedGeneration": 2,
            "conditions": [["type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"]],
        ])
        #expect(ReadinessRules.judge(refused) == .failed(ReadinessFailure(reason: "FailedCreate", message: "exceeded quota")))
    }

    @Test func aPausedRolloutFailsWhenItWouldHaveToGoOn() {
        func paused(_ deployment: LiveObject) -> LiveObject {
            var content = deployment.content
            content["spec"] = ["replicas": 2, "paused": true]
            return LiveObject(content)
        }
        #expect(ReadinessRules.judge(paused(deployment())) == .ready)
        #expect(ReadinessRules.judge(paused(deployment(ready: 1))) == .progressing("1 of 2 replicas ready"))
        let failure = ReadinessFailure(
            reason: "Paused",
            message: "its rollout is paused (spec.paused), and no pods are made of the change until it goes on: "
                + "`kubectl rollout resume deployment/x --namespace ns`")
        #expect(ReadinessRules.judge(paused(deployment(updated: 0))) == .failed(failure))
        #expect(ReadinessRules.judge(paused(deployment(total: 3))) == .failed(failure))
    }

    @Test func theSuspectOfWhatIsNotReadyIsItsFirstPodThatIsNot() {
        func pod(_ name: String, _ status: JSONValue) -> LiveObject {
            LiveObject([
                "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name), "namespace": "ns"], "status": status,
            ])
        }
        func suspect(_ status: JSONValue) -> ReadinessFailure? {
            let fine = pod("a", ["phase": "Running", "conditions": [["type": "Ready", "status": "True"]]])
            return ReadinessRules.suspect(deployment(ready: 1), related: RelatedObjects(pods: [pod("b", status), fine]))
        }
        func container(_ state: JSONValue, restarts: Int = 0) -> JSONValue {
            ["containerStatuses": [
                ["name": "side", "ready": true, "state": ["running": [:]]],
                ["name": "etl", "ready": false, "restartCount": .integer(restarts), "state": state],
            ]]
        }
        func failure(_ reason: String, _ message: String, _ container: String?, hasRestarted: Bool = false) -> ReadinessFailure {
            ReadinessFailure(
                reason: reason, message: message,
                pod: FailingPod(name: "b", uid: "", container: container, hasRestarted: hasRestarted))
        }
        // What runs has its own log.
        #expect(suspect(container(["running": [:]], restarts: 2)) == failure("NotReady", "container etl runs and is not ready", "etl"))
        #expect(suspect(container(["waiting": ["reason": "ContainerCreating"]]))
            == failure("ContainerCreating", "container etl: ContainerCreating", "etl"))
        #expect(suspect(container(["terminated": ["reason": "OOMKilled", "exitCode": 137]], restarts: 1))
            == failure("OOMKilled", "container etl ended with code 137", "etl", hasRestarted: true))
        #expect(suspect(container(["waiting": ["reason": "ImagePullBackOff"]]))
            == failure("ImagePullBackOff", "container etl: ImagePullBackOff", "etl"))
        #expect(suspect(["phase": "Pending"]) == failure("Pending", "it has no containers yet", nil))
        #expect(ReadinessRules.suspect(deployment(ready: 1)) == nil)
    }

    @Test func aServiceFailsWithAllItsPods() {
        let service = object("v1", "Service", spec: ["selector": ["a": "b"]])
        let failing = pod(waiting: "ImagePullBackOff")
        #expect(ReadinessRules.judge(service, related: RelatedObjects(pods: [failing])) == .failed(ReadinessFailure(
            reason: "ImagePullBackOff", message: "container etl: no such image",
            pod: FailingPod(name: "p-1", uid: "", container: "etl"))))
        let both = RelatedObjects(pods: [failing, pod(waiting: "ContainerCreating")])
        #expect(ReadinessRules.judge(service, related: both) == .progressing("no ready endpoints yet"))
    }

    @Test func aClaimThatWaitsForItsConsumerIsReady() {
        let claim = object("v1", "PersistentVolumeClaim", status: ["phase": "Pending"])
        #expect(ReadinessRules.judge(claim, related: RelatedObjects(waitsForConsumer: true)) == .ready)
        #expect(ReadinessRules.judge(claim) == .progressing("the claim is not bound yet"))
    }

    @Test func aServiceIsReadyWithReadyEndpoints() {
        let service = object("v1", "Service", spec: ["selector": ["a": "b"]])
        let endpoints = LiveObject([
            "apiVersion": "v1", "kind": "Endpoints", "metadata": ["name": "x"],
            "subsets": [["addresses": [["ip": "10.0.0.1"]]]],
        ])
        #expect(ReadinessRules.judge(service) == .progressing("no ready endpoints yet"))
        #expect(ReadinessRules.judge(service, related: RelatedObjects(endpoints: endpoints)) == .ready)
        #expect(ReadinessRules.judge(object("v1", "Service")) == .ready)
    }

    @Test func jobsClaimsNamespacesAndOthers() {
        func conditions(_ type: String, _ status: String, reason: String = "") -> JSONValue {
            ["conditions": [["type": .string(type), "status": .string(status), "reason": .string(reason), "message": "m"]]]
        }
        #expect(ReadinessRules.judge(object("batch/v1", "Job", status: conditions("Complete", "True"))) == .ready)
        #expect(ReadinessRules.judge(object("batch/v1", "Job", status: conditions("Failed", "True", reason: "BackoffLimitExceeded")))
            == .failed(ReadinessFailure(reason: "BackoffLimitExceeded", message: "m")))
        var asleep = object("batch/v1", "Job", status: conditions("Suspended", "True")).content
        asleep["spec"] = ["parallelism": 0]
        #expect(ReadinessRules.judge(LiveObject(asleep)) == .ready)
        asleep["spec"] = ["suspend": true]
        #expect(ReadinessRules.judge(LiveObject(asleep)) == .ready)
        asleep["spec"] = ["suspend": false, "parallelism": 1]
        #expect(ReadinessRules.judge(LiveObject(asleep)) == .progressing("the job has not completed yet"))
        #expect(ReadinessRules.judge(object("v1", "PersistentVolumeClaim", status: ["phase": "Bound"])) == .ready)
        #expect(ReadinessRules.judge(object("v1", "PersistentVolumeClaim", status: ["phase": "Pending"]))
            == .progressing("the claim is not bound yet"))
        #expect(ReadinessRules.judge(object("v1", "Namespace", status: ["phase": "Active"])) == .ready)
        #expect(ReadinessRules.judge(object("v1", "ConfigMap")) == .ready)
        #expect(ReadinessRules.judge(object("x.io/v1", "Thing", status: conditions("Ready", "False"))) == .progressing("m"))
        #expect(ReadinessRules.judge(object("v1", "Pod", status: conditions("PodScheduled", "False", reason: "Unschedulable")))
            == .failed(ReadinessFailure(reason: "Unschedulable", message: "m", pod: FailingPod(name: "x", uid: ""))))
    }

    @Test func aFailedJobTellsOfItsNewestFailedPod() {
        func pod(_ name: String, made: String, phase: String, code: Int) -> LiveObject {
            LiveObject([
                "apiVersion": "v1", "kind": "Pod",
                "metadata": ["name": .string(name), "namespace": "ns", "uid": .string("\(name)-uid"), "creationTimestamp": .string(made)],
                "status": ["phase": .string(phase), "containerStatuses": [
                    ["name": "side", "state": ["terminated": ["exitCode": 0]]],
                    ["name": "main", "state": ["terminated": ["exitCode": .integer(code)]]],
                ]],
            ])
        }
        let job = object("batch/v1", "Job", status: [
            "conditions": [["type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "too often"]]
        ])
        let pods = [
            pod("c", made: "2026-01-01T00:00:01Z", phase: "Failed", code: 1),
            pod("a", made: "2026-01-01T00:00:02Z", phase: "Failed", code: 2),
            pod("b", made: "2026-01-01T00:00:03Z", phase: "Running", code: 0),
        ]
        #expect(ReadinessRules.judge(job, related: RelatedObjects(pods: pods)) == .failed(ReadinessFailure(
            reason: "BackoffLimitExceeded", message: "too often: container main ended with code 2",
            pod: FailingPod(name: "a", uid: "a-uid", container: "main"))))
    }

    /// Storage that is being made is waited for, however long it takes.
    @Test func aPodWhoseVolumesAreNotThereYetIsNotAFailure() {
        let scheduled: JSONValue = [
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
            "message": "0/2 nodes are available: 2 pod has unbound immediate PersistentVolumeClaims.",
        ]
        #expect(ReadinessRules.judge(object("v1", "Pod", status: ["conditions": [scheduled]]))
            == .progressing("the pod is not ready yet"))
    }
}
