import Digest
import HTTP

/// A file on its way to a key: in one piece, or in parts when it is large. Never held whole: memory stays the same whatever the
/// file's size.
///
/// What was sent before a break is kept by the store. The next run finds it, proves each part by its digest, and sends only the rest.
package struct S3Upload: Sendable {
    /// S3 takes at most this many parts, and none but the last below 5 MiB
    /// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html).
    private static let mostParts = 10_000

    package let bucket: S3Bucket
    package let key: String
    package let path: String
    /// Bytes.
    package let size: Int
    /// Of the whole file, from when it was read. A file that is another one by now is not uploaded.
    package let digest: SHA256Digest
    /// Kept with the object, besides `sha256`: the digest's digits.
    package var metadata: [String: String] = [:]
    package var contentType = "application/octet-stream"
    /// Bytes of a part, at least; files up to it go in one piece.
    package var partSize = 16 << 20
    /// Parts that are sent at a time.
    package var parallel = 4

    package init(_ bucket: S3Bucket, key: String, path: String, size: Int, digest: SHA256Digest) {
        self.bucket = bucket
        self.key = key
        self.path = path
        self.size = size
        self.digest = digest
    }

    /// The name of the metadata with the whole object's digest.
    package static let digestName = "sha256"

    /// What the store has under the key, if that is this file: of the same size, with its digest beside it, and with the digest that
    /// the store itself made of it where it makes one.
    package func present() async throws(S3Error) -> S3Object? {
        guard let object = try await bucket.head(key), fault(of: object) == nil else { return nil }
        return object
    }

    /// Brings the file to the store and looks at what the store has then. A file that is there already is left as it is.
    /// - Returns: what the store has.
    /// - Throws: also when the file is not the one that `digest` was made of; nothing is under the key then that was not before.
    package func run(_ report: @escaping @Sendable (S3Progress) -> Void = { _ in }) async throws(S3Error) -> S3Object {
        if let object = try await present() { return object }
        let tally = S3Tally(total: size, report)
        if size <= partSize {
            try await putWhole(tally)
        } else {
            do throws(S3Error) {
                try await putParts(tally)
            } catch {
                // Another run may have completed the upload that this one shared with it, or somebody has aborted it.
                guard error.isUploadGone else { throw error }
                if let object = try await present() { return object }
                tally.reset()
                try await putParts(tally)
            }
        }
        let call = S3Call("verify", "HEAD", key)
        guard let object = try await bucket.head(key) else {
            throw bucket.failure(call, .notS3("the store does not have what was put"))
        }
        if let fault = fault(of: object) { throw bucket.failure(call, .notS3(fault)) }
        return object
    }

    /// Why an object is not this file; nil when it is.
    private func fault(of object: S3Object) -> String? {
        guard object.size == size else { return "the store has \(object.size) bytes, not \(size)" }
        guard object.metadata[Self.digestName] == digest.hex else { return "the store does not have the file's digest beside it" }
        // That of an object made of parts is one of the parts' digests, as is its ETag.
        if let checksum = object.checksum, !object.etag.contains("-"), checksum != digest.base64 {
            return "the store's own digest of the object is another than the file's"
        }
        return nil
    }

    private var allMetadata: [String: String] { metadata.merging([Self.digestName: digest.hex]) { $1 } }

    private func putWhole(_ tally: S3Tally) async throws(S3Error) {
        var call = S3Call("put", "PUT", key)
        let digests: S3Digests
        do throws(PartDigests.Fault) {
            digests = try PartDigests(path, size: size).next(size)
        } catch { throw bucket.failure(call, .file(error.reason)) }
        guard digests.sha256 == digest else { throw changed(call) }
        call.fields = digests.fields + S3Bucket.describing(allMetadata, contentType)
        let sent = S3Sent(tally)
        call.body = .file(FileBody(path: path, offset: 0, length: size, sent: { sent.add($0) }), digests.sha256)
        call.begins = { sent.restart() }
        _ = try await bucket.send(call)
    }

    private func changed(_ call: S3Call) -> S3Error {
        bucket.failure(call, .file("\(path) has changed since it was read"))
    }

    // MARK: Parts

    /// The size of all parts but the last.
    var usedPartSize: Int {
        let least = (size + Self.mostParts - 1) / Self.mostParts
        // Whole mebibytes, so that the same file gets the same parts at all times.
        let mebibyte = 1 << 20
        return max(partSize, (least + mebibyte - 1) / mebibyte * mebibyte)
    }

    private func putParts(_ tally: S3Tally) async throws(S3Error) {
        let begun = try await resumable()
        let upload: String
        if let begun { upload = begun.id } else {
            upload = try await bucket.createUpload(key, metadata: allMetadata, contentType: contentType)
        }
        let parts = try await send(to: upload, having: begun?.parts ?? [:], tally)
        try await complete(upload, parts)
    }

    /// An upload of this file that was begun before, with the most parts in it.
    private func resumable() async throws(S3Error) -> (id: String, parts: [Int: S3Part])? {
        // Servers that do not list uploads only do not resume them.
        let open: [S3OpenUpload]
        do throws(S3Error) { open = try await bucket.uploads(prefix: key) } catch {
            guard error.again == .never, !error.isCancelled, error.status != nil else { throw error }
            return nil
        }
        var best: (id: String, parts: [Int: S3Part])?
        for upload in open.filter({ $0.key == key }).sorted(by: { $0.initiated > $1.initiated }).prefix(8) {
            let parts: [S3Part]
            do throws(S3Error) { parts = try await bucket.parts(key, upload: upload.id) } catch {
                guard error.isUploadGone else { throw error }
                continue
            }
            // One with parts of other sizes belongs to other settings.
            guard parts.allSatisfy({ $0.size == length(of: $0.number) }), parts.count > (best?.parts.count ?? -1) else { continue }
            best = (upload.id, Dictionary(parts.map { ($0.number, $0) }, uniquingKeysWith: { $1 }))
        }
        return best
    }

    private func length(of number: Int) -> Int { min(usedPartSize, size - (number - 1) * usedPartSize) }

    /// Digests the file from its beginning to its end, and sends the parts that the store does not have meanwhile.
    private func send(
        to upload: String, having known: [Int: S3Part], _ tally: S3Tally
    ) async throws(S3Error) -> [S3Part] {
        let call = S3Call("put", "PUT", key)
        let count = (size + usedPartSize - 1) / usedPartSize
        let file: PartDigests
        do throws(PartDigests.Fault) { file = try PartDigests(path, size: size) } catch {
            throw bucket.failure(call, .file(error.reason))
        }
        var results: [Result<S3Part, S3Error>] = []
        await withTaskGroup(of: Result<S3Part, S3Error>.self) { group in
            var running = 0
            for number in 1...count {
                let digests: S3Digests
                do throws(PartDigests.Fault) { digests = try file.next(length(of: number)) } catch {
                    results.append(.failure(bucket.failure(call, .file(error.reason))))
                    break
                }
                if let part = known[number], part.etag == digests.md5.hex || part.checksum == digests.sha256.base64 {
                    results.append(.success(part))
                    tally.add(part.size, resumed: true)
                    continue
                }
                if running == parallel, let ended = await group.next() {
                    results.append(ended)
                    running -= 1
                }
                // What is under way may end: the next run finds it.
                if results.contains(where: \.isFailure) || Task.isCancelled { break }
                group.addTask { await put(number, digests, to: upload, tally) }
                running += 1
            }
            for await ended in group { results.append(ended) }
        }
        let parts = try sorted(results)
        guard !Task.isCancelled, parts.count == count else { throw bucket.failure(call, .transport(.cancelled)) }
        guard file.digest == digest else {
            try? await bucket.abortUpload(key, upload: upload)
            throw changed(call)
        }
        return parts
    }

    private func sorted(_ results: [Result<S3Part, S3Error>]) throws(S3Error) -> [S3Part] {
        var parts: [S3Part] = []
        for result in results { parts.append(try result.get()) }
        return parts.sorted { $0.number < $1.number }
    }

    private func put(_ number: Int, _ digests: S3Digests, to upload: String, _ tally: S3Tally) async -> Result<S3Part, S3Error> {
        let sent = S3Sent(tally)
        let body = FileBody(
            path: path, offset: (number - 1) * usedPartSize, length: length(of: number), sent: { sent.add($0) })
        do throws(S3Error) {
            return .success(try await bucket.putPart(key, upload: upload, number: number, body, digests, begins: { sent.restart() }))
        } catch {
            sent.restart()
            return .failure(error)
        }
    }

    /// The answer may get lost: then the upload is gone, and the object there.
    private func complete(_ upload: String, _ parts: [S3Part]) async throws(S3Error) {
        do throws(S3Error) {
            try await bucket.completeUpload(key, upload: upload, parts)
        } catch {
            guard error.isUploadGone, try await present() != nil else { throw error }
        }
    }
}

extension Result {
    fileprivate var isFailure: Bool { if case .failure = self { true } else { false } }
}
