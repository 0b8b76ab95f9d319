import Applying
@testable import Engine
import Model
import Synchronization
import Testing

/// Reads that fail in a way that passes are made again, until their time is up.
@Suite struct ReadsTests {
    private let reads = Reads(limit: 2, retry: RetryPolicy(first: 0.001, longest: 0.002, deadline: 60))

    private func read(_ failures: [ClusterError.Kind], with reads: Reads) async -> (tries: Int, kind: ClusterError.Kind?) {
        let tries = Mutex(0)
        do throws(ClusterError) {
            _ = try await reads.one { () throws(ClusterError) -> Int in
                let number = tries.withLock { tries in
                    tries += 1
                    return tries
                }
                if number <= failures.count { throw ClusterError(failures[number - 1], "no") }
                return number
            }
            return (tries.withLock { $0 }, nil)
        } catch {
            return (tries.withLock { $0 }, error.kind)
        }
    }

    @Test func whatPassesIsTriedAgain() async {
        let result = await read(
            [.tooManyRequests(retryAfter: 0.001), .server(status: 503, retryAfter: nil), .connection, .server(status: 500, retryAfter: 0)],
            with: reads)
        #expect(result.tries == 5)
        #expect(result.kind == nil)
    }

    @Test func whatStaysIsNot() async {
        for kind in [ClusterError.Kind.forbidden, .unreachable, .unauthorized, .notServed, .invalid(fields: [])] {
            let result = await read([kind], with: reads)
            #expect(result.tries == 1)
            #expect(result.kind == kind)
        }
    }

    @Test func aServerThatWantsMoreTimeThanThereIsIsGivenUpAtOnce() async {
        let result = await read([.tooManyRequests(retryAfter: 61)], with: reads)
        #expect(result.tries == 1)
        #expect(result.kind == .tooManyRequests(retryAfter: 61))
    }

    @Test func aCancelledReadIsNotTriedAgain() async throws {
        let tries = Mutex(0)
        let task = Task { () -> ClusterError? in
            while !Task.isCancelled { await Task.yield() }
            do throws(ClusterError) {
                try await Reads().one { () throws(ClusterError) in
                    tries.withLock { $0 += 1 }
                    throw ClusterError(.connection, "cancelled")
                }
                return nil
            } catch {
                return error
            }
        }
        task.cancel()
        #expect(await task.value?.kind == .connection)
        #expect(tries.withLock { $0 } == 1)
    }
}
