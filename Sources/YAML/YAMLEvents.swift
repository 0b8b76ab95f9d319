import CYAML

/// What libyaml reports, one at a time.
enum YAMLEvent {
    case documentStart(YAMLRange)
    case streamEnd
    case alias(name: String, YAMLRange)
    case scalar(YAMLScalar, tag: String?, anchor: String?, YAMLRange)
    case sequenceStart(tag: String?, anchor: String?, flow: Bool, YAMLRange)
    case mappingStart(tag: String?, anchor: String?, flow: Bool, YAMLRange)
    case collectionEnd(YAMLRange)
    /// The start of the stream and the end of a document, of which nothing needs to be known.
    case other
}

/// A libyaml parser over one file. It owns the parser and the bytes it reads, and frees both.
struct YAMLEvents: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let input: UnsafeMutableBufferPointer<UInt8>
    private let text: YAMLText

    init(_ text: YAMLText) throws(YAMLError) {
        let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else {
            parser.deallocate()
            throw YAMLError(reason: "there is no memory to read it", advice: "Free memory and try again.", at: .origin)
        }
        let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.bytes.count)
        _ = input.initialize(from: text.bytes)
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
        self.text = text
        self.parser = parser
        self.input = input
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        input.deallocate()
    }

    /// The next event. After `streamEnd` or an error it must not be called again.
    mutating func next() throws(YAMLError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        let range = YAMLRange(start: mark(event.start_mark), end: mark(event.end_mark))
        switch event.type {
        case YAML_DOCUMENT_START_EVENT:
            return .documentStart(range)
        case YAML_STREAM_END_EVENT:
            return .streamEnd
        case YAML_ALIAS_EVENT:
            return .alias(name: string(event.data.alias.anchor) ?? "", range)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            return .scalar(
                YAMLScalar(text: text, style: style(scalar.style)), tag: string(scalar.tag),
                anchor: string(scalar.anchor), range)
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return .sequenceStart(
                tag: string(start.tag), anchor: string(start.anchor),
                flow: start.style == YAML_FLOW_SEQUENCE_STYLE, range)
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return .mappingStart(
                tag: string(start.tag), anchor: string(start.anchor),
                flow: start.style == YAML_FLOW_MAPPING_STYLE, range)
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            return .collectionEnd(range)
        default:
            return .other
        }
    }

    private func mark(_ mark: yaml_mark_t) -> YAMLMark {
        text.mark(at: Int(clamping: mark.index))
    }

    private func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func style(_ style: yaml_scalar_style_t) -> YAMLScalar.Style {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: .literal
        case YAML_FOLDED_SCALAR_STYLE: .folded
        default: .plain
        }
    }

    private func failure() -> YAMLError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "the YAML cannot be read"
        let context = parser.pointee.context.map { String(cString: $0) } ?? ""
        let place = mark(parser.pointee.problem_mark)
        let began = mark(parser.pointee.context_mark)
        let words = YAMLProblem(problem: problem, context: context)
        let visible = text.lastVisible
        // What the end of the file lacks is shown where it was begun, since nothing stands at the end.
        if words.standsAtBeginning || place > visible, !context.isEmpty, began < min(place, visible) {
            return YAMLError(
                reason: words.reason, advice: words.advice, range: YAMLRange(start: began, end: min(place, visible)))
        }
        return YAMLError(
            reason: words.reason, advice: words.advice, at: min(place, visible),
            began: context.isEmpty || began.line >= place.line ? nil : began)
    }
}
