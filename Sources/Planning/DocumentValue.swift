import JSON

/// A value of a document that is being read, which knows where it stands.
struct DocumentValue {
    let value: JSONValue
    let pointer: JSONPointer

    init(_ value: JSONValue, at pointer: JSONPointer = JSONPointer()) {
        self.value = value
        self.pointer = pointer
    }

    /// What a document has wrong, and where.
    struct Fault: Error {
        let pointer: JSONPointer
        let reason: String
    }

    func fault(_ reason: String) -> Fault { Fault(pointer: pointer, reason: reason) }

    subscript(_ name: String) -> DocumentValue? {
        value[name].map { DocumentValue($0, at: pointer.appending(name)) }
    }

    func member(_ name: String) throws(Fault) -> DocumentValue {
        guard let member = self[name] else { throw fault("\"\(name)\" is missing") }
        return member
    }

    func string() throws(Fault) -> String {
        guard let string = value.string else { throw fault("a string is expected") }
        return string
    }

    func integer() throws(Fault) -> Int {
        guard let integer = value.integer else { throw fault("an integer is expected") }
        return integer
    }

    func bool() throws(Fault) -> Bool {
        guard let bool = value.bool else { throw fault("true or false is expected") }
        return bool
    }

    func members() throws(Fault) -> JSONObject {
        guard let members = value.object else { throw fault("an object is expected") }
        return members
    }

    /// One of the words of `T`.
    func word<T: RawRepresentable<String>>(_: T.Type) throws(Fault) -> T {
        guard let word = T(rawValue: try string()) else { throw fault("\(value.encoded()) is not known here") }
        return word
    }

    /// The elements of the list `name`, read one by one; none when it is absent.
    func list<T>(_ name: String, _ read: (DocumentValue) throws(Fault) -> T) throws(Fault) -> [T] {
        guard let list = self[name] else { return [] }
        guard let elements = list.value.array else { throw list.fault("a list is expected") }
        var result: [T] = []
        result.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            result.append(try read(DocumentValue(element, at: list.pointer.appending(index))))
        }
        return result
    }

    func optional<T>(_ name: String, _ read: (DocumentValue) throws(Fault) -> T) throws(Fault) -> T? {
        guard let member = self[name] else { return nil }
        return try read(member)
    }
}
