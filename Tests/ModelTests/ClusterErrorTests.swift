import Model
import Testing

/// What a failed request means, in words.
@Suite struct ClusterErrorTests {
    private let call = "Internal error occurred: failed calling webhook \"policy.example.com\": Post "
        + "\"https://policy.hooks.svc:443/check?timeout=10s\": dial tcp 10.0.0.1:443: connect: connection refused"

    @Test func aWebhookThatDoesNotAnswerIsNamedWithItsService() {
        let error = ClusterError(.webhookFailed("policy.example.com"), call)
        #expect(error.isTransient && !error.isAmbiguous)
        #expect(error.advice == """
            The server says: \(call)
            The server asks this admission webhook before it takes such objects, and refuses them when it has no answer. See to Service \
            policy in namespace hooks, or to the webhook's configuration (`kubectl get \
            validatingwebhookconfigurations,mutatingwebhookconfigurations`), then run the same command again.
            """)
        let elsewhere = ClusterError(.webhookFailed("a"), "failed calling webhook \"a\": Post \"https://hooks.example.com/\": EOF")
        #expect(elsewhere.advice.contains("See to the service behind it,"))
        #expect(error.cause("x").name == "policy.example.com")
    }

    @Test func causesAreTheSameForAllObjects() {
        func quota(_ pod: String, _ cpu: Int) -> Diagnostic.Cause {
            ClusterError(
                .quotaExceeded,
                "pods \"\(pod)\" is forbidden: exceeded quota: few, requested: cpu=\(cpu), used: cpu=9, limited: cpu=9"
            ).cause("are refused by the server")
        }
        #expect(quota("a", 1).name == "exceeded quota: few")
        #expect(quota("b", 2).name == quota("a", 1).name)
        #expect(quota("a", 1).detail == """
            The server says: exceeded quota: few, requested: cpu=1, used: cpu=9, limited: cpu=9
            Raise the namespace's quota, or ask for less.
            """)
        let right = "User \"jane\" cannot patch resource \"secrets\" in API group \"\" in the namespace \"n\""
        #expect(ClusterError(.forbidden, "secrets \"a\" is forbidden: \(right)").cause("x").name == right)
        #expect(ClusterError(.connection, "reset").cause("x").name == "reset")
    }
}
