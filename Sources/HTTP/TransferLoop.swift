import CCurl
import Glibc

/// The thread that owns the multi handle and everything added to it.
final class TransferLoop {
    private let settings: HTTPSettings
    private let commands: CommandQueue
    private let multi: UnsafeMutableRawPointer
    private var transfers: [UInt64: Transfer] = [:]
    private var checked = 0.0
    /// Requests that wait for others to end, in order.
    private var waiting: [(id: UInt64, request: HTTPRequest, sink: AnswerSink)] = []
    private var nextWaiting = 0
    /// How many of the transfers end by themselves: those whose answers are taken whole.
    private var wholes = 0

    /// Servers take a hundred requests at a time on a connection, or more (RFC 9113, 6.5.2). More than they take would go over
    /// further connections, a handshake each; none has to wait so long that this would pay.
    private static let streams = 96
    /// Whole requests at a time when answers that go on take all of that.
    private static let least = 16

    /// Starts the thread; it ends when the queue is closed, and frees `multi`.
    static func start(_ settings: HTTPSettings, _ commands: CommandQueue, _ multi: UnsafeMutableRawPointer) {
        let loop = TransferLoop(settings, commands, multi)
        var thread = pthread_t()
        pthread_create(&thread, nil, { argument in
            Unmanaged<TransferLoop>.fromOpaque(argument!).takeRetainedValue().run()
            return nil
        }, Unmanaged.passRetained(loop).toOpaque())
        pthread_detach(thread)
    }

    private init(_ settings: HTTPSettings, _ commands: CommandQueue, _ multi: UnsafeMutableRawPointer) {
        self.settings = settings
        self.commands = commands
        self.multi = multi
    }

    private func run() {
        while let batch = commands.take() {
            for command in batch { carryOut(command) }
            startWaiting()
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            takeEnded()
            failIdle()
            // What begins now makes the poll return at once.
            startWaiting()
            // Idle deadlines are counted in seconds: a look each second is enough. Commands wake the poll.
            curl_multi_poll(multi, nil, 0, transfers.isEmpty ? 60_000 : 1_000, nil)
        }
        for index in nextWaiting..<waiting.count {
            Transfer(waiting[index].request, waiting[index].sink).end(HTTPError(.cancelled, "the client was closed"))
        }
        for id in Array(transfers.keys) { end(id, HTTPError(.cancelled, "the client was closed")) }
        curl_multi_cleanup(multi)
        LoopRegistry.remove(commands)
    }

    private func carryOut(_ command: Command) {
        switch command {
        case .cancel(let id): cancel(id)
        case .start(let id, let request, let sink):
            if case .whole = sink { waiting.append((id, request, sink)) } else { begin(id, request, sink) }
        }
    }

    private func cancel(_ id: UInt64) {
        let error = HTTPError.cancelled
        guard transfers[id] == nil, let index = waiting[nextWaiting...].firstIndex(where: { $0.id == id }) else {
            return end(id, error)
        }
        let unsent = waiting.remove(at: index)
        Transfer(unsent.request, unsent.sink).end(error)
    }

    private func startWaiting() {
        while nextWaiting < waiting.count, wholes < max(Self.least, Self.streams - (transfers.count - wholes)) {
            let (id, request, sink) = waiting[nextWaiting]
            nextWaiting += 1
            begin(id, request, sink)
        }
        // Their bodies are held as long as they stand there.
        if nextWaiting == waiting.count || nextWaiting >= 256 {
            waiting.removeFirst(nextWaiting)
            nextWaiting = 0
        }
    }

    private func begin(_ id: UInt64, _ request: HTTPRequest, _ sink: AnswerSink) {
        let transfer = Transfer(request, sink)
        do throws(HTTPError) {
            try transfer.prepare(settings, id: id)
            guard curl_multi_add_handle(multi, transfer.handle) == CURLM_OK else {
                throw HTTPError(.unusable, "libcurl does not take the request")
            }
            transfers[id] = transfer
            if transfer.isWhole { wholes += 1 }
        } catch {
            transfer.end(error)
        }
    }

    private func takeEnded() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE else { continue }
            let code = ccurl_message_result(message)
            guard let id = Transfer.id(of: message.pointee.easy_handle) else { continue }
            end(id, code == CURLE_OK ? nil : transfers[id]?.failure(code))
        }
    }

    private func failIdle() {
        let now = Transfer.now
        guard now - checked >= 1 else { return }
        checked = now
        for (id, transfer) in transfers where now - transfer.lastActivity > 1 {
            if now - transfer.lastActivity > transfer.idleDeadline {
                end(id, HTTPError(.idle, "nothing came from the server for \(Int(transfer.idleDeadline)) seconds"))
            } else if transfer.hasBegun {
                transfer.poke()
            }
        }
    }

    private func end(_ id: UInt64, _ error: HTTPError?) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        if transfer.isWhole { wholes -= 1 }
        curl_multi_remove_handle(multi, transfer.handle)
        transfer.end(error)
    }
}
