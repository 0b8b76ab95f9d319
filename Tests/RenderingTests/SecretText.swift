import FoundationEssentials
import JSON
import Testing

/// The values of a Secret's `data`.
enum SecretText {
    static func decode(_ data: JSONValue) throws -> [String: String] {
        try #require(data.object).compactMapValues { value in
            let text = try #require(value.string)
            return String(decoding: try #require(Data(base64Encoded: text)), as: UTF8.self)
        }
    }
}
