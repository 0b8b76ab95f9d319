import CCurl
import Glibc

/// The thread that owns the multi handle and everything added to it.
final class TransferLoop {
    private let settings: HTTPSettings
    private let commands: CommandQueue
    private let multi: UnsafeMutableRawPointer
    private var transfers: [UInt64: Transfer] = [:]
    private var checked = 0.0

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
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            takeEnded()
            failIdle()
            // Idle deadlines are counted in seconds: a look each second is enough. Commands wake the poll.
            curl_multi_poll(multi, nil, 0, transfers.isEmpty ? 60_000 : 1_000, nil)
        }
        for id in Array(transfers.keys) { end(id, HTTPError(.cancelled, "the client was closed")) }
        curl_multi_cleanup(multi)
    }

    private func carryOut(_ command: Command) {
        switch command {
        case .cancel(let id): end(id, HTTPError(.cancelled, "the request was cancelled"))
        case .start(let id, let request, let sink):
            let transfer = Transfer(request, sink)
            do throws(HTTPError) {
                try transfer.prepare(settings, id: id)
                guard curl_multi_add_handle(multi, transfer.handle) == CURLM_OK else {
                    throw HTTPError(.unusable, "libcurl does not take the request")
                }
                transfers[id] = transfer
            } catch {
                transfer.end(error)
            }
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
        for (id, transfer) in transfers where now - transfer.lastActivity > transfer.idleDeadline {
            end(id, HTTPError(.idle, "nothing came from the server for \(Int(transfer.idleDeadline)) seconds"))
        }
    }

    private func end(_ id: UInt64, _ error: HTTPError?) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        curl_multi_remove_handle(multi, transfer.handle)
        transfer.end(error)
    }
}
