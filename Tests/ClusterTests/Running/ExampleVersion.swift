import JSON
import Testing

/// A package of the examples: what it declares, told again, and how it answers.
struct ExampleVersion: Sendable, CustomTestStringConvertible {
    struct Workflow: Sendable {
        let name: String
        let method: String
        /// In the order of the manifest; each with what it subscribes to in KRT v2.
        let nodes: [(name: String, source: String, inputs: [String], stores: Bool)]
        var exitpoint: String?
    }

    let folder: String
    let name: String
    /// Of nodes: what their configuration is to be.
    let config: [String: String]
    /// How the file says so, where it does not have the value itself.
    var sources: [String: String] = [:]
    let workflows: [Workflow]
    /// Of KRT v2's object stores, which all nodes share that have one.
    var store: String?
    let calls: JSONValue
    let answers: JSONValue
    /// Fields of answers that are others every time: they must be there.
    var varying: [String] = []
    /// Where documents were written, in that order.
    var collections: [String] = []

    var isJetStream: Bool { workflows.contains { $0.exitpoint != nil } }
    var testDescription: String { name }

    static let roomPrice = ExampleVersion(
        folder: "room-price/v1", name: "room-price-v1", config: ["OUTPUT_PRICE_CURRENCY": "EUR"],
        workflows: [
            Workflow(name: "room-price", method: "MakePrediction", nodes: [
                ("etl", "src/etl/main.py", [], false), ("model", "src/model/main.py", [], false),
                ("output", "src/output/main.py", [], false),
            ]),
            Workflow(name: "save-metric", method: "SavePredictionMetric", nodes: [
                ("save-metric", "src/save_metric/main.py", [], false)
            ]),
        ],
        calls: [
            [
                "method": "MakePrediction", "module": "src/room_price/public_input_pb2.py", "request": "Request",
                "response": "Response",
                "fields": [
                    "listing_id": "NY-17", "borough": "Manhattan", "room_type": "private room", "guests": 2, "bathrooms": 1,
                    "subway_minutes": 4, "review_score": 4.9, "month": 5, "weekend": true,
                ],
            ],
            [
                "method": "MakePrediction", "module": "src/room_price/public_input_pb2.py", "request": "Request",
                "response": "Response", "fields": ["listing_id": "NY-18", "borough": "Moon"],
            ],
            [
                "method": "SavePredictionMetric", "module": "src/room_price/public_input_pb2.py",
                "request": "SaveMetricRequest", "response": "SaveMetricResponse",
                "fields": ["predicted_price": 100, "actual_price": 90, "currency": "EUR"],
            ],
        ],
        answers: [
            ["listing_id": "NY-17", "price": 89.35, "currency": "EUR"],
            [
                "error": .string(
                    "error in 'etl': borough 'Moon' is unknown: give one of manhattan, brooklyn, queens, bronx, staten_island")
            ],
            ["saved": true],
        ])

    /// With a secret and a file among its configuration.
    static let signedRoomPrice = ExampleVersion(
        folder: "room-price/v2", name: "room-price-v2",
        config: ["OUTPUT_PRICE_CURRENCY": "EUR", "API_SECRET": "a-secret-of-tests", "PRICE_RULES": "borough,lowest,highest\nmanhattan,45,650\n"],
        sources: ["API_SECRET": "{env: PROOF_API_SECRET}", "PRICE_RULES": "{file: price-rules.csv}"],
        workflows: roomPrice.workflows,
        calls: .array(Array((roomPrice.calls.array ?? []).prefix(2))),
        answers: [
            ["listing_id": "NY-17", "price": 73.73, "low": 63.47, "high": 83.91, "currency": "EUR"],
            [
                "error": .string(
                    "error in 'etl': borough 'Moon' is unknown: give one of staten_island, bronx, queens, brooklyn, manhattan")
            ],
        ],
        varying: ["signature", "valid_until"])

    static let emailClassifier = ExampleVersion(
        folder: "email-classifier/v1", name: "email-classifier-v1", config: ["MIN_CONFIDENCE": "0.7", "REPAIRS_HOURS": "48"],
        workflows: [
            Workflow(
                name: "classify-emails", method: "ClassifyEmails",
                nodes: [
                    ("etl", "src/etl/main.py", ["entrypoint"], true),
                    ("classifier", "src/classifier/main.py", ["etl"], true),
                    ("repairs-handler", "src/repairs_handler/main.py", ["classifier.repairs"], false),
                    ("stats-storer", "src/stats_storer/main.py", ["classifier"], true),
                    ("exitpoint", "src/exitpoint/main.py", ["etl", "stats-storer", "repairs-handler"], true),
                ], exitpoint: "exitpoint")
        ],
        store: "emails",
        calls: [
            [
                "method": "ClassifyEmails", "module": "src/email_classifier/public_input_pb2.py", "request": "Request",
                "response": "Response", "id": "request-1",
                "fields": [
                    "emails": [
                        [
                            "id": "b", "sender": "bob@example.com", "subject": "HELP",
                            "body": "A pipe has burst and the floor is wet, water everywhere!",
                        ],
                        [
                            "id": "c", "sender": "cem@example.com", "subject": "March invoice",
                            "body": "Why did you charge me twice? I paid the rent by direct debit.",
                        ],
                    ]
                ],
            ],
            [
                "method": "ClassifyEmails", "module": "src/email_classifier/public_input_pb2.py", "request": "Request",
                "response": "Response", "id": "request-2", "fields": [:],
            ],
        ],
        answers: [
            [
                "emails": [
                    ["email_id": "b", "category": "repairs", "confidence": 1.0],
                    ["email_id": "c", "category": "billing", "confidence": 1.0],
                ],
                "work_orders": [["id": "WO-6683d25bf06e", "email_id": "b", "priority": "urgent", "hours": 4]],
            ],
            // An empty batch leaves early.
            [:],
        ],
        collections: ["work_orders"])
}
