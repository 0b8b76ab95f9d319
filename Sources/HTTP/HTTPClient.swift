import CCurl
import Glibc
import Synchronization

/// HTTP requests over libcurl: one multi handle (https://curl.se/libcurl/c/libcurl-multi.html) on one thread, HTTP/2 where the server
/// speaks it, hundreds of requests on one connection.
///
/// The thread lives as long as the client. Requests under way when the client goes end with `cancelled`.
package final class HTTPClient: Sendable {
    private let commands: CommandQueue

    package init(_ settings: HTTPSettings = HTTPSettings()) throws(HTTPError) {
        guard LoopRegistry.isReady, let multi = curl_multi_init() else {
            throw HTTPError(.unusable, "libcurl cannot be set up")
        }
        // HTTP/2 servers say how many streams they take; this is only the most that we would use.
        _ = ccurl_multi_set_long(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, 1000)
        _ = ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        commands = CommandQueue(waking: multi)
        LoopRegistry.add(commands)
        TransferLoop.start(settings, commands, multi)
    }

    deinit { commands.close() }

    /// Sends a request and waits for the whole answer. Cancelling the task ends the request.
    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let id = commands.nextID()
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                commands.start(id, request, .whole(continuation))
            }
        } onCancel: {
            commands.cancel(id)
        }
        return try result.get()
    }

    /// Sends a request and returns when the head of its answer is there.
    package func open(_ request: HTTPRequest) async throws(HTTPError) -> HTTPStream {
        let id = commands.nextID()
        let (body, pieces) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        pieces.onTermination = { [commands] _ in commands.cancel(id) }
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                commands.start(id, request, .pieces(continuation, pieces))
            }
        } onCancel: {
            commands.cancel(id)
        }
        return HTTPStream(head: try result.get(), body: body)
    }
}

/// Where the answer of a request goes. Whoever takes it resumes the continuation, once.
enum AnswerSink: Sendable {
    case whole(CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>)
    case pieces(
        CheckedContinuation<Result<HTTPHead, HTTPError>, Never>, AsyncThrowingStream<[UInt8], any Error>.Continuation)
}

/// What the loop's thread is asked to do.
enum Command: Sendable {
    case start(UInt64, HTTPRequest, AnswerSink)
    case cancel(UInt64)
}

/// Commands on their way to the loop's thread, which is woken for them.
final class CommandQueue: Sendable {
    private struct State {
        var commands: [Command] = []
        var isClosed = false
        var last: UInt64 = 0
        /// Not started yet; a cancellation may come before the start.
        var unstarted: Set<UInt64> = []
        var cancelledEarly: Set<UInt64> = []
        /// Nil once the loop has ended: it is not to be woken any more.
        nonisolated(unsafe) var multi: UnsafeMutableRawPointer?

        mutating func append(_ command: Command) {
            guard let multi else { return }
            commands.append(command)
            if commands.count == 1 { curl_multi_wakeup(multi) }
        }
    }

    private let state: Mutex<State>

    init(waking multi: UnsafeMutableRawPointer) {
        nonisolated(unsafe) let multi = multi
        state = Mutex(State(multi: multi))
    }

    /// A number for a request that will be started, in any case.
    func nextID() -> UInt64 {
        state.withLock { state in
            state.last += 1
            state.unstarted.insert(state.last)
            return state.last
        }
    }

    func start(_ id: UInt64, _ request: HTTPRequest, _ sink: AnswerSink) {
        state.withLock { state in
            state.unstarted.remove(id)
            state.append(.start(id, request, sink))
            if state.cancelledEarly.remove(id) != nil { state.append(.cancel(id)) }
        }
    }

    func cancel(_ id: UInt64) {
        state.withLock { state in
            if state.unstarted.contains(id) { state.cancelledEarly.insert(id) } else { state.append(.cancel(id)) }
        }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            if let multi = state.multi { curl_multi_wakeup(multi) }
        }
    }

    /// What came since the last time; nil when the loop is to end, after which nothing can be put any more.
    func take() -> [Command]? {
        state.withLock { state in
            guard !state.isClosed else {
                state.multi = nil
                return nil
            }
            defer { state.commands = [] }
            return state.commands
        }
    }
}
