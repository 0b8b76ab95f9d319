import Digest
import HTTP

/// A part of an upload that the store has.
package struct S3Part: Sendable, Hashable {
    /// From 1 on.
    package let number: Int
    package let size: Int
    /// Without quotes.
    package let etag: String
    /// The SHA-256 in base64, where the store keeps it.
    package let checksum: String?
}

/// An upload in parts that was begun and neither completed nor aborted.
package struct S3OpenUpload: Sendable, Hashable {
    package let key: String
    package let id: String
    /// When it was begun, as the store writes times: later ones sort behind earlier ones.
    package let initiated: String
}

/// Uploads in parts (https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html).
extension S3Bucket {
    /// Begins an upload and gives its id.
    package func createUpload(
        _ key: String, metadata: [String: String] = [:], contentType: String = "application/octet-stream"
    ) async throws(S3Error) -> String {
        var call = S3Call("begin an upload of", "POST", key)
        call.query = ["uploads": ""]
        call.fields = Self.describing(metadata, contentType) + [HTTPField("x-amz-checksum-algorithm", "SHA256")]
        call.body = .bytes([])
        let result = try read("InitiateMultipartUploadResult", of: try await send(call), call)
        guard let id = result.text("UploadId"), !id.isEmpty else { throw failure(call, .notS3("the server gave no upload id")) }
        return id
    }

    /// Puts a part, or puts it anew.
    func putPart(
        _ key: String, upload: String, number: Int, _ file: FileBody, _ digests: S3Digests,
        begins: (@Sendable () -> Void)? = nil
    ) async throws(S3Error) -> S3Part {
        var call = S3Call("put part \(number) of", "PUT", key)
        call.query = ["uploadId": upload, "partNumber": String(number)]
        call.fields = digests.fields + [HTTPField("Content-Type", "application/octet-stream")]
        call.body = .file(file, digests.sha256)
        call.begins = begins
        let head = try await send(call).head
        guard let etag = head.value("etag") else { throw failure(call, .notS3("the server gave the part no ETag")) }
        return S3Part(
            number: number, size: file.length, etag: S3Object.unquoted(etag), checksum: head.value("x-amz-checksum-sha256"))
    }

    /// The parts that the store has of an upload, by number.
    package func parts(_ key: String, upload: String) async throws(S3Error) -> [S3Part] {
        var parts: [S3Part] = []
        var marker: String?
        repeat {
            var call = S3Call("list the parts of", "GET", key)
            call.query = ["uploadId": upload]
            call.query["part-number-marker"] = marker
            let result = try read("ListPartsResult", "ListPartsResponse", of: try await send(call), call)
            for entry in result.all("Part") {
                guard let number = entry.text("PartNumber").flatMap({ Int($0) }), let etag = entry.text("ETag") else { continue }
                parts.append(S3Part(
                    number: number, size: entry.text("Size").flatMap { Int($0) } ?? 0, etag: S3Object.unquoted(etag),
                    checksum: entry.text("ChecksumSHA256")))
            }
            let next = result.text("IsTruncated") == "true" ? result.text("NextPartNumberMarker") : nil
            guard next == nil || next != marker else { throw failure(call, .notS3("the pages of the list do not end")) }
            marker = next
        } while marker != nil
        return parts.sorted { $0.number < $1.number }
    }

    /// The open uploads whose keys begin so. Some stores only find those of a whole key.
    package func uploads(prefix: String) async throws(S3Error) -> [S3OpenUpload] {
        var uploads: [S3OpenUpload] = []
        var marker: (key: String, id: String)?
        repeat {
            var call = S3Call("list the uploads of", "GET")
            call.query = ["uploads": "", "prefix": prefix]
            call.query["key-marker"] = marker?.key
            call.query["upload-id-marker"] = marker?.id
            let result = try read("ListMultipartUploadsResult", of: try await send(call), call)
            for entry in result.all("Upload") {
                guard let key = entry.text("Key"), let id = entry.text("UploadId") else { continue }
                uploads.append(S3OpenUpload(key: key, id: id, initiated: entry.text("Initiated") ?? ""))
            }
            guard result.text("IsTruncated") == "true", let key = result.text("NextKeyMarker") else { break }
            let next = (key, result.text("NextUploadIdMarker") ?? "")
            guard marker.map({ $0 != next }) ?? true else { throw failure(call, .notS3("the pages of the list do not end")) }
            marker = next
        } while true
        return uploads
    }

    /// Makes the object of the parts.
    package func completeUpload(_ key: String, upload: String, _ parts: [S3Part]) async throws(S3Error) {
        var call = S3Call("complete the upload of", "POST", key)
        call.query = ["uploadId": upload]
        let items = parts.map { part in
            let checksum = part.checksum.map { "<ChecksumSHA256>\($0)</ChecksumSHA256>" } ?? ""
            return "<Part><PartNumber>\(part.number)</PartNumber><ETag>\"\(Self.escaped(part.etag))\"</ETag>\(checksum)</Part>"
        }.joined()
        let text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(items)</CompleteMultipartUpload>"
        call.fields = [HTTPField("Content-Type", "application/xml")]
        call.body = .bytes(Array(text.utf8))
        // Servers may put the parts of gigabytes together before they say a word.
        call.patientDeadline = 600
        _ = try await send(call)
    }

    /// Lets go of an upload and its parts; one that is not there is no error.
    package func abortUpload(_ key: String, upload: String) async throws(S3Error) {
        var call = S3Call("abort the upload of", "DELETE", key)
        call.query = ["uploadId": upload]
        do throws(S3Error) { _ = try await send(call) } catch {
            guard error.isUploadGone else { throw error }
        }
    }
}
