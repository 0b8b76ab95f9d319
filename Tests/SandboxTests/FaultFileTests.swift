import Model
import Sandbox
import Testing

@Suite struct FaultFileTests {
    static func read(_ text: String) -> (faults: SandboxFaults, messages: [String]) {
        let (faults, diagnostics) = FaultFile.read(name: "faults.yaml", bytes: Array(text.utf8))
        return (
            faults,
            diagnostics.sorted().map { "\($0.span?.description ?? "-"): \($0.code): \($0.summary). \($0.detail)" }
        )
    }

    @Test func everyKindOfFaultIsRead() {
        let (faults, messages) = Self.read(
            """
            faults:
              - pod: {runtime: room-price, version: v3, node: etl}
                never: ready
                reason: ImagePullBackOff
                message: no such image
              - pod: {namespace: n, name: web, labels: {tier: x}}
                never: ready
              - pod: {}
                delay: 1.5s
              - request: 17
                answer: 500
              - requests: {verb: apply, kind: Deployment, namespace: n, name: web, first: 3}
                answer: 429
                retryAfter: 250ms
                times: 2
              - requests: {verb: watch}
                answer: reset
              - request: 3
                answer: lost
              - latency: 200ms
            """)
        #expect(messages == [])
        #expect(
            faults
                == SandboxFaults(
                    pods: [
                        PodFault(
                            pods: .init(labels: [
                                "kreform/runtime": "room-price", "kreform/version": "v3", "node-name": "etl",
                            ]), reason: "ImagePullBackOff", message: "no such image"),
                        PodFault(pods: .init(namespace: "n", name: "web", labels: ["tier": "x"]), reason: "NotReady"),
                        PodFault(pods: .init(), delay: 1.5),
                    ],
                    requests: [
                        RequestFault(number: 17, times: 1, answer: .status(500, retryAfter: nil)),
                        RequestFault(
                            verb: .apply, kind: "Deployment", namespace: "n", name: "web", times: 2,
                            answer: .status(429, retryAfter: 0.25)),
                        RequestFault(verb: .watch, answer: .reset),
                        RequestFault(number: 3, times: 1, answer: .lost),
                    ], latency: 0.2))
    }

    static let wrong: [(String, [String])] = [
        (
            "fault:\n  - latency: 1s\n",
            ["faults.yaml:1:1: unknown-key: The fault file has no key `fault`. Did you mean `faults`?"]
        ),
        (
            "faults:\n  - pods: {name: a}\n    never: ready\n",
            [
                "faults.yaml:2:5: unknown-key: A fault has no key `pods`. Did you mean `pod`?"
            ]
        ),
        (
            "faults:\n  - never: ready\n",
            [
                "faults.yaml:2:5: fault-kind: A fault needs one of `pod`, `request`, `requests` and `latency`. Write "
                    + "each fault as "
                    + "an item of its own."
            ]
        ),
        (
            "faults:\n  - request: 1\n    latency: 1s\n",
            [
                "faults.yaml:3:5: fault-kind: A fault has `request` and `latency`. Write each fault as an item of "
                    + "its own."
            ]
        ),
        (
            "faults:\n  - pod: {name: a}\n    answer: 500\n",
            [
                "faults.yaml:2:5: fault-effect: Nothing is said to go wrong with these pods. Add `never: ready`, "
                    + "perhaps with a "
                    + "`reason`, or a `delay`.",
                "faults.yaml:3:5: fault-key: This key says nothing about a pod. Remove it, or write it as part of "
                    + "another fault.",
            ]
        ),
        (
            "faults:\n  - request: 1\n",
            [
                "faults.yaml:2:5: missing-key: `answer` is missing from a fault. Say how the request is answered: a "
                    + "status from "
                    + "400 to 599, `reset` or `lost`."
            ]
        ),
        (
            "faults:\n  - request: 1\n    answer: 200\n  - latency: fast\n",
            [
                "faults.yaml:3:13: unknown-value: `answer` cannot be `200`. It is a status from 400 to 599, `reset` "
                    + "(the request is "
                    + "not carried out) or `lost` (it is carried out and the answer does not arrive).",
                "faults.yaml:4:14: bad-duration: `fast` is not a duration. Write a number and a unit: `200ms`, "
                    + "`1.5s`, `2m`.",
            ]
        ),
        (
            "faults:\n  - requests: {verb: aply}\n    answer: 429\n",
            [
                "faults.yaml:2:22: unknown-value: `verb` cannot be `aply`. Did you mean `apply`? It is one of "
                    + "`list`, `get`, "
                    + "`apply`, `delete` or `watch`."
            ]
        ),
    ]

    @Test(arguments: wrong) func whatIsWrongIsExplainedAtItsPlace(_ text: String, _ messages: [String]) {
        #expect(Self.read(text).messages == messages)
    }
}
