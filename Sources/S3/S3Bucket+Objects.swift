import Digest
import HTTP

extension S3Bucket {
    /// Whether the bucket is there and its objects may be listed. A refusal has its words with it, which answers to HEAD have not.
    package func exists() async throws(S3Error) -> Bool {
        var call = S3Call("look for", "GET")
        call.query = ["list-type": "2", "max-keys": "1"]
        do throws(S3Error) {
            _ = try read("ListBucketResult", of: try await send(call), call)
            return true
        } catch {
            guard error.status == 404 else { throw error }
            return false
        }
    }

    /// Makes the bucket. One that is there already and is ours is no error.
    package func create() async throws(S3Error) {
        var call = S3Call("create bucket", "PUT")
        // us-east-1 must not be named (https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html).
        if settings.region != "us-east-1" {
            let place = "<LocationConstraint>\(Self.escaped(settings.region))</LocationConstraint>"
            let text = "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(place)</CreateBucketConfiguration>"
            call.body = .bytes(Array(text.utf8))
            call.fields = [HTTPField("Content-Type", "application/xml")]
        }
        do throws(S3Error) {
            _ = try await send(call)
        } catch {
            guard error.code == "BucketAlreadyOwnedByYou" else { throw error }
        }
    }

    /// What the store has under a key; nil when there is nothing, or no such bucket.
    package func head(_ key: String) async throws(S3Error) -> S3Object? {
        var call = S3Call("look for", "HEAD", key)
        call.fields = [HTTPField("x-amz-checksum-mode", "ENABLED")]
        do throws(S3Error) {
            let head = try await send(call).head
            guard let size = head.value("content-length").flatMap({ Int($0) }) else {
                throw failure(call, .notS3("the server does not say how large the object is"))
            }
            return S3Object(key, head, size: size)
        } catch {
            guard error.status == 404 else { throw error }
            return nil
        }
    }

    /// Puts an object of a few bytes. No name of `metadata` may be another's with more after a hyphen (`AWSSignature`).
    package func put(
        _ key: String, _ bytes: [UInt8], metadata: [String: String] = [:], contentType: String = "application/octet-stream"
    ) async throws(S3Error) {
        var call = S3Call("put", "PUT", key)
        let digests = S3Digests(sha256: SHA256Digest(of: bytes), md5: MD5Digest(of: bytes))
        call.fields = digests.fields + Self.describing(metadata, contentType)
        call.body = .bytes(bytes)
        _ = try await send(call)
    }

    /// The bytes of an object from `range` on; of the whole object without one. Fails when the object is another than the one
    /// with this `etag`.
    package func get(_ key: String, _ range: Range<Int>? = nil, etag: String? = nil) async throws(S3Error) -> [UInt8] {
        var call = S3Call("get", "GET", key)
        if let range { call.fields.append(HTTPField("Range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")) }
        if let etag { call.fields.append(HTTPField("If-Match", "\"\(etag)\"")) }
        return try await send(call).body
    }

    /// Gives an object piece by piece, in bounded memory: by requests for one range after the other, each tried again by itself.
    /// - Parameter take: gets the pieces in order.
    package func read(
        _ object: S3Object, step: Int = 8 << 20, _ take: ([UInt8]) async -> Void
    ) async throws(S3Error) {
        var place = 0
        while place < object.size {
            let range = place..<min(place + step, object.size)
            let bytes = try await get(object.key, range, etag: object.etag)
            guard bytes.count == range.count else {
                throw failure(S3Call("get", "GET", object.key), .notS3("the server does not give parts of objects"))
            }
            await take(bytes)
            place = range.upperBound
        }
    }

    /// Deletes an object; one that is not there is no error.
    package func delete(_ key: String) async throws(S3Error) {
        do throws(S3Error) {
            _ = try await send(S3Call("delete", "DELETE", key))
        } catch {
            guard error.code == "NoSuchKey" else { throw error }
        }
    }

    /// Deletes objects, a thousand by a request. Gives those that the server kept, each with why.
    package func delete(_ keys: [String]) async throws(S3Error) -> [S3Error] {
        var kept: [S3Error] = []
        for start in stride(from: 0, to: keys.count, by: 1000) {
            let batch = keys[start..<min(start + 1000, keys.count)]
            let objects = batch.map { "<Object><Key>\(Self.escaped($0))</Key></Object>" }.joined()
            let body = Array("<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(objects)<Quiet>true</Quiet></Delete>".utf8)
            var call = S3Call("delete", "POST")
            call.query = ["delete": ""]
            let digests = S3Digests(sha256: SHA256Digest(of: body), md5: MD5Digest(of: body))
            call.fields = digests.fields + [HTTPField("Content-Type", "application/xml")]
            call.body = .bytes(body)
            let answer = try await send(call)
            for fault in XMLReader.read(answer.body)?.all("Error") ?? [] where fault.text("Code") != "NoSuchKey" {
                kept.append(S3Error("delete", bucket: settings.bucket, key: fault.text("Key"), .refused(
                    status: answer.status, code: fault.text("Code") ?? "", message: fault.text("Message") ?? "")))
            }
        }
        return kept
    }

    /// All objects whose keys begin so, in the order of their keys' bytes.
    /// - Parameter page: most objects a request; servers may give fewer.
    package func list(prefix: String = "", page: Int = 1000) async throws(S3Error) -> [S3Object] {
        var objects: [S3Object] = []
        var token: String?
        repeat {
            var call = S3Call("list", "GET")
            call.query = ["list-type": "2", "encoding-type": "url", "max-keys": String(page)]
            if !prefix.isEmpty { call.query["prefix"] = prefix }
            call.query["continuation-token"] = token
            let result = try read("ListBucketResult", of: try await send(call), call)
            let isEncoded = result.text("EncodingType") == "url"
            objects += result.all("Contents").map { entry in
                let key = entry.text("Key") ?? ""
                return S3Object(entry, key: isEncoded ? S3Address.decoded(key) : key)
            }
            let next = result.text("IsTruncated") == "true" ? result.text("NextContinuationToken") : nil
            guard next == nil || next != token else { throw failure(call, .notS3("the pages of the list do not end")) }
            token = next
        } while token != nil
        return objects
    }

    /// The document of an answer, whose root some servers give another name.
    func read(
        _ name: String, _ otherName: String? = nil, of answer: HTTPResponse, _ call: S3Call
    ) throws(S3Error) -> XMLElement {
        guard let document = XMLReader.read(answer.body), document.name == name || document.name == otherName else {
            throw failure(call, .notS3("the server did not answer with a \(name)"))
        }
        return document
    }

    static func describing(_ metadata: [String: String], _ contentType: String) -> [HTTPField] {
        [HTTPField("Content-Type", contentType)]
            + metadata.sorted { $0.key < $1.key }.map { HTTPField("x-amz-meta-\($0.key)", $0.value) }
    }

    /// For the text of an XML element.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\r": result += "&#13;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// The digests of a body. Servers differ in which they hold it against: all are given. Which ones are looked at is the server's
/// affair; that of the signature always is.
struct S3Digests: Sendable, Hashable {
    let sha256: SHA256Digest
    let md5: MD5Digest

    var fields: [HTTPField] {
        [
            HTTPField("Content-MD5", md5.base64),
            HTTPField("x-amz-checksum-sha256", sha256.base64),
            HTTPField("x-amz-sdk-checksum-algorithm", "SHA256"),
        ]
    }
}
