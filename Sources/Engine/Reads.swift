import Applying
import Model

/// Requests that change nothing: several at once, each tried again when it fails in a way that passes.
struct Reads: Sendable {
    var limit = 16
    var retry = RetryPolicy(deadline: 60)
    var notice: RetryNotice?

    /// The answers in the order of `items`; throws the first failure that `instead` has no answer for.
    func all<Item: Sendable, Answer: Sendable>(
        _ items: [Item], of read: @escaping @Sendable (Item) async throws(ClusterError) -> Answer,
        instead: @escaping @Sendable (ClusterError) -> Answer? = { _ in nil }
    ) async throws(ClusterError) -> [Answer] {
        do {
            return try await withThrowingTaskGroup(of: (Int, Answer).self) { group in
                var answers: [Answer?] = Array(repeating: nil, count: items.count)
                var next = 0
                func start() {
                    guard next < items.count else { return }
                    group.addTask { [next] in
                        do throws(ClusterError) {
                            return (next, try await one { () throws(ClusterError) in try await read(items[next]) })
                        } catch {
                            guard let answer = instead(error) else { throw error }
                            return (next, answer)
                        }
                    }
                    next += 1
                }
                for _ in 0..<limit { start() }
                while let (index, answer) = try await group.next() {
                    answers[index] = answer
                    start()
                }
                return answers.compactMap(\.self)
            }
        } catch let error as ClusterError {
            throw error
        } catch {
            throw ClusterError(.connection, "\(error)")
        }
    }

    /// One read.
    func one<Answer: Sendable>(
        _ read: () async throws(ClusterError) -> Answer
    ) async throws(ClusterError) -> Answer {
        var generator = SystemRandomNumberGenerator()
        let began = ContinuousClock.now
        var tries = 0
        while true {
            do {
                return try await read()
            } catch {
                tries += 1
                // A cancelled task's requests all fail at once: trying again would only spin.
                guard !Task.isCancelled else { throw error }
                let elapsed = (ContinuousClock.now - began) / .seconds(1)
                guard let pause = retry.delay(after: error, tries: tries, elapsed: elapsed, using: &generator) else { throw error }
                notice?.consider(error, waited: elapsed + pause, limit: retry.deadline)
                try? await Task.sleep(for: .seconds(pause))
            }
        }
    }
}
