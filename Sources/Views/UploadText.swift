import Model

/// An upload under way, in words and as a bar.
struct UploadText: Sendable {
    /// Seconds between two lines where there is no terminal.
    private static let pace = 10.0

    let step: Step.ID
    private let name: String
    private let since: Double
    private var told: Double
    private var progress: UploadProgress

    init(step: Step.ID, name: String, _ upload: PackageUpload, since: Double) {
        self.step = step
        self.name = name
        self.since = since
        told = since
        progress = UploadProgress(done: 0, total: upload.size)
    }

    /// `12.3 MB to s3://krt/krt/sha256/0123….krt`. What a runtime's own store is called there; nil where that goes without saying.
    static func subject(_ upload: PackageUpload, _ own: String? = nil) -> String {
        let place = upload.place.namespace == nil ? "\(upload.place)" : own
        return Layout.bytes(upload.size) + (place.map { " to \($0)" } ?? "")
    }

    /// Whether it is time for a line.
    mutating func take(_ progress: UploadProgress, at now: Double) -> Bool {
        self.progress = progress
        guard now - told >= Self.pace, progress.done < progress.total else { return false }
        told = now
        return true
    }

    func line(at now: Double) -> String { "\(name): \(amounts(at: now))" }

    /// `uploading R/V [#####-----]  45% 12.3 MB of 27.0 MB, 3.1 MB/s, 4.7s left`, with a bar as wide as there is room.
    func bar(at now: Double, width: Int) -> String {
        let (head, tail) = ("uploading \(name) ", " \(amounts(at: now))")
        let room = min(30, width - head.count - tail.count - 2)
        guard room >= 4 else { return String((head + tail.dropFirst()).prefix(width)) }
        let filled = progress.total > 0 ? progress.done * room / progress.total : room
        let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: room - filled)
        return "\(head)[\(bar)]\(tail)"
    }

    private func amounts(at now: Double) -> String {
        let percent = progress.total > 0 ? progress.done * 100 / progress.total : 100
        let share = Layout.leftPadded("\(percent)%", to: 4)
        let amount = "\(share) \(Layout.bytes(progress.done)) of \(Layout.bytes(progress.total))"
        let time = now - since
        let sent = progress.done - progress.resumed
        guard time >= 1, sent > 0 else { return amount }
        let speed = Double(sent) / time
        let left = Double(progress.total - progress.done) / speed
        return "\(amount), \(Layout.bytes(Int(speed)))/s, \(Layout.seconds(left)) left"
    }
}
