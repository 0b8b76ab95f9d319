import HTTP
import JSON
import Model

/// A watch that goes on where it broke off
/// (https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes).
///
/// The server ends every watch after some minutes, and connections break: a new watch begins at the last version seen, of which
/// bookmarks tell where no object changed. It ends for good by throwing: `gone` when the server no longer knows that version, else
/// when a new watch cannot be begun.
struct ObjectStream: Sendable {
    private let connection: APIConnection
    private let query: ObjectQuery
    private let served: ServedType
    private var position: String

    /// Seconds that the server is asked to keep a watch; and bookmarks come each minute, so that a connection with nothing for
    /// longer than that is dead.
    private static let length = 290
    private static let silence = 150.0
    /// Watches in a row that bring nothing, or cannot be begun, until it is given up: some two seconds.
    private static let patience = 6

    init(_ connection: APIConnection, _ query: ObjectQuery, _ served: ServedType, after position: String) {
        self.connection = connection
        self.query = query
        self.served = served
        self.position = position
    }

    mutating func run(_ emit: (WatchEvent) -> Void) async throws(ClusterError) {
        var fruitless = 0
        while !Task.isCancelled {
            let began = ContinuousClock.now
            var failure = ClusterError(.connection, "the server ends every watch at once")
            do throws(ClusterError) {
                let hasNews = try await follow(try await connection.open(call), emit)
                fruitless = hasNews || ContinuousClock.now - began > .seconds(5) ? 0 : fruitless + 1
            } catch {
                guard error.isTransient else { throw error }
                failure = error
                fruitless += 1
            }
            // Whoever watches then lists again, at its own pace.
            guard fruitless < Self.patience else { throw failure }
            if fruitless > 0 { try? await Task.sleep(for: .milliseconds(Int.random(in: 1...(50 << fruitless)))) }
        }
    }

    private var call: APICall {
        var items = [
            ("watch", "1"), ("allowWatchBookmarks", "true"), ("resourceVersion", position), ("timeoutSeconds", String(Self.length)),
        ]
        if !query.labels.isEmpty { items.append(("labelSelector", query.selector)) }
        return APICall("GET", served.path(namespace: query.namespace), query: items, idleDeadline: Self.silence)
    }

    /// Until the answer ends or breaks off; true when anything came.
    private mutating func follow(
        _ body: AsyncThrowingStream<[UInt8], any Error>, _ emit: (WatchEvent) -> Void
    ) async throws(ClusterError) -> Bool {
        var lines = LineSplitter()
        var hasNews = false
        do {
            for try await piece in body {
                for line in lines.take(piece) {
                    hasNews = true
                    try take(line, emit)
                }
            }
        } catch let error as ClusterError {
            throw error
        } catch {
            // Broken off: what came so far was taken in, the rest comes again.
        }
        return hasNews
    }

    private mutating func take(_ line: [UInt8], _ emit: (WatchEvent) -> Void) throws(ClusterError) {
        let event: JSONValue
        do { event = try JSONValue(parsing: line, keepingText: ["object"] + ManagedFields.path) } catch {
            throw ClusterError(.connection, "the watch brought something that is not JSON: \(error.reason)")
        }
        let content = event["object"] ?? [:]
        if event["type"]?.string == "ERROR" { throw ClusterError(status: content) }
        let object = LiveObject(content, as: query.type, withManagers: query.needsManagers)
        if !object.resourceVersion.isEmpty { position = object.resourceVersion }
        switch event["type"]?.string {
        case "ADDED": emit(.added(object))
        case "MODIFIED": emit(.modified(object))
        case "DELETED": emit(.deleted(object))
        // BOOKMARK, and what newer servers may add.
        default: return
        }
    }
}

/// Puts lines together from pieces of a text.
struct LineSplitter {
    private var rest: [UInt8] = []

    /// The lines that are complete now, without their ends; empty ones are left out.
    mutating func take(_ piece: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var start = piece.startIndex
        while let end = piece[start...].firstIndex(of: 0x0A) {
            rest += piece[start..<end]
            if !rest.isEmpty { lines.append(rest) }
            rest = []
            start = end + 1
        }
        rest += piece[start...]
        return lines
    }
}
