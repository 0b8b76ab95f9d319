import JSON
import Model
import Readiness
import Testing

/// What was wrong before a run is no evidence against it.
@Suite struct EarlierTroubleTests {
    private let deployment = Self.deployment()

    private static func deployment(conditions: JSONValue = []) -> LiveObject {
        LiveObject([
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "x", "namespace": "ns", "generation": 1],
            "spec": ["replicas": 1], "status": ["observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "conditions": conditions],
        ])
    }

    private func pod(_ container: JSONValue, made: String = "2026-01-01T00:00:00Z", uid: String = "1") -> RelatedObjects {
        var container = container
        container["name"] = "etl"
        return RelatedObjects(pods: [LiveObject([
            "apiVersion": "v1", "kind": "Pod",
            "metadata": ["name": "p-1", "namespace": "ns", "uid": .string(uid), "creationTimestamp": .string(made)],
            "status": ["containerStatuses": [container]],
        ])])
    }

    private func crashed(restarts: Int, started: String) -> RelatedObjects {
        pod([
            "restartCount": .integer(restarts), "state": ["waiting": ["reason": "CrashLoopBackOff"]],
            "lastState": ["terminated": ["startedAt": .string(started)]],
        ])
    }

    private func waiting(_ reason: String) -> RelatedObjects { pod(["state": ["waiting": ["reason": .string(reason)]]]) }

    /// How `object` is judged at each look, where the first one was at `first`.
    private func verdicts(
        _ first: RelatedObjects, then later: [(Double, RelatedObjects)], of object: LiveObject? = nil, before time: String? = nil
    ) -> [String] {
        let object = object ?? deployment
        var earlier = EarlierTrouble(of: object, related: first, before: time)
        return ([(0, first)] + later).map { seconds, related in
            earlier.look(at: object, related: related, after: seconds)
            switch ReadinessRules.judge(object, related: related, earlier: earlier) {
            case .ready: return "ready"
            case .progressing(let reason): return reason
            case .failed(let failure): return "failed: \(failure.reason)"
            }
        }
    }

    private let backingOff = "CrashLoopBackOff since before this run (pod p-1), tried again within five minutes, or at once after "
        + "`kubectl delete pod p-1 --namespace ns`"

    @Test func aCrashCountsOnceItHappensAgain() {
        let old = crashed(restarts: 3, started: "2026-01-01T00:01:00Z")
        let running = pod(["restartCount": 4, "state": ["running": ["startedAt": "2026-01-01T00:05:00Z"]]])
        let again = crashed(restarts: 4, started: "2026-01-01T00:05:00Z")
        #expect(verdicts(old, then: [(200, old), (201, running), (202, again)])
            == [backingOff, backingOff, "0 of 1 replicas ready", "failed: CrashLoopBackOff"])
        #expect(verdicts(old, then: [(329, old), (331, old)]) == [backingOff, backingOff, "failed: CrashLoopBackOff"])
    }

    /// One that ran already when the run began was started by what was there before.
    @Test func aCrashOfWhatRanBeforeIsNoNewOne() {
        let running = pod(["restartCount": 2, "state": ["running": ["startedAt": "2026-01-01T00:01:00Z"]]])
        let crashed = crashed(restarts: 2, started: "2026-01-01T00:01:00Z")
        #expect(verdicts(running, then: [(1, crashed)]) == ["0 of 1 replicas ready", backingOff])
    }

    @Test func anImageCountsOnceItWasPulledAgainInVain() {
        let (error, pause) = (waiting("ErrImagePull"), waiting("ImagePullBackOff"))
        #expect(verdicts(pause, then: [(20, error)]).last == "failed: ErrImagePull")
        let later = verdicts(error, then: [(5, pause), (10, error)])
        #expect(later[0].hasPrefix("ErrImagePull since before this run"))
        #expect(later[1].hasPrefix("ImagePullBackOff since before this run"))
        #expect(later[2] == "failed: ErrImagePull")
    }

    @Test func whatIsTriedAgainAllTheTimeCountsSooner() {
        let missing = waiting("CreateContainerConfigError")
        let words = "CreateContainerConfigError since before this run (pod p-1), being tried again"
        #expect(verdicts(missing, then: [(29, missing), (31, missing)]) == [words, words, "failed: CreateContainerConfigError"])
    }

    @Test func aPodThatNoNodeTookCountsWhenItStaysSo() {
        let pod = RelatedObjects(pods: [LiveObject([
            "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "p-1", "namespace": "ns", "uid": "1"],
            "status": ["conditions": [["type": "PodScheduled", "status": "False", "reason": "Unschedulable"]]],
        ])])
        #expect(verdicts(pod, then: [(31, pod)])
            == ["Unschedulable since before this run (pod p-1), being tried again", "failed: Unschedulable"])
    }

    @Test func podsOfTheRunHaveNoPast() {
        let old = crashed(restarts: 3, started: "2026-01-01T00:01:00Z")
        let other = pod(["state": ["waiting": ["reason": "ErrImagePull"]]], uid: "2")
        #expect(verdicts(old, then: [(1, other)]) == [backingOff, "failed: ErrImagePull"])
        // They may be there at the first look.
        #expect(verdicts(other, then: [], before: "2026-01-01T00:00:00Z") == ["failed: ErrImagePull"])
        #expect(verdicts(old, then: [], before: "2026-01-01T00:00:01Z") == [backingOff])
    }

    @Test func aControllerThatGaveUpBeforeMayYetSucceed() {
        func stalled(at time: String) -> LiveObject {
            Self.deployment(conditions: [
                ["type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "lastUpdateTime": .string(time)]
            ])
        }
        let (old, new) = (stalled(at: "2026-01-01T00:00:00Z"), stalled(at: "2026-01-01T01:00:00Z"))
        var earlier = EarlierTrouble(of: old, related: RelatedObjects())
        earlier.look(at: old, related: RelatedObjects(), after: 500)
        #expect(ReadinessRules.judge(old, earlier: earlier) == .progressing("0 of 1 replicas ready"))
        earlier.look(at: new, related: RelatedObjects(), after: 501)
        let failure = ReadinessFailure(reason: "ProgressDeadlineExceeded", message: "it made no progress in time")
        #expect(ReadinessRules.judge(new, earlier: earlier) == .failed(failure))
        #expect(ReadinessRules.judge(old) == .failed(failure))
    }

    @Test func podsThatWereRefusedBeforeMayYetBeMade() {
        let refused = Self.deployment(conditions: [
            ["type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota"]
        ])
        var earlier = EarlierTrouble(of: refused, related: RelatedObjects())
        earlier.look(at: refused, related: RelatedObjects(), after: 500)
        #expect(ReadinessRules.judge(refused, earlier: earlier) == .progressing(
            "its pods were refused before this run, and its controller tries again, more and more seldom"))
        // Once they were made, another refusal is a new one.
        earlier.look(at: deployment, related: RelatedObjects(), after: 501)
        #expect(ReadinessRules.judge(refused, earlier: earlier)
            == .failed(ReadinessFailure(reason: "FailedCreate", message: "exceeded quota")))
    }
}
