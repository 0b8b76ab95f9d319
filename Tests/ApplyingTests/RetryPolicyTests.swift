import Applying
import Model
import Testing

@Suite struct RetryPolicyTests {
    let policy = RetryPolicy(first: 1, longest: 5, deadline: 60)

    private func delay(_ kind: ClusterError.Kind, tries: Int = 1, elapsed: Double = 0) -> Double? {
        var generator = SystemRandomNumberGenerator()
        return policy.delay(after: ClusterError(kind, ""), tries: tries, elapsed: elapsed, using: &generator)
    }

    @Test func theServersOwnWordOnWaitingIsObeyed() {
        #expect(delay(.tooManyRequests(retryAfter: 7)) == 7)
        #expect(delay(.server(status: 503, retryAfter: 2.5), tries: 9) == 2.5)
    }

    @Test func pausesAreJitteredAndGrowToTheLongest() throws {
        for (tries, ceiling) in [(1, 1.0), (2, 2), (3, 4), (4, 5), (40, 5)] {
            let pauses = try (0..<200).map { _ in try #require(delay(.connection, tries: tries)) }
            #expect(pauses.allSatisfy { (0...ceiling).contains($0) })
            #expect(pauses.contains { $0 > ceiling * 0.6 } && pauses.contains { $0 < ceiling * 0.4 })
        }
    }

    @Test func theDeadlineEndsIt() {
        #expect(delay(.tooManyRequests(retryAfter: 7), elapsed: 53) == 7)
        #expect(delay(.tooManyRequests(retryAfter: 7), elapsed: 54) == nil)
    }

    @Test func errorsThatDoNotPassAreNotRetried() {
        let lasting: [ClusterError.Kind] = [
            .notFound, .alreadyExists, .fieldConflict([]), .immutable(field: "x"), .invalid(fields: []), .forbidden,
            .namespaceTerminating, .quotaExceeded, .admissionDenied, .notServed, .gone, .unauthorized,
        ]
        for kind in lasting { #expect(delay(kind) == nil, "\(kind)") }
    }
}
