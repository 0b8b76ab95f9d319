/// The folder of a small, sound package: four nodes in two workflows.
enum SamplePackage {
    static func write(version: String, to folder: String) throws {
        try File.write(manifest(version), to: "\(folder)/krt.yml")
        try File.write(proto, to: "\(folder)/public_input.proto")
        for node in ["etl", "model", "output", "save-metric"] {
            try File.write(handler(node), to: "\(folder)/src/\(node)/main.py")
        }
    }

    private static func manifest(_ version: String) -> String {
        """
        version: \(version)
        description: Estimates the price of a room, for the benchmark.
        entrypoint:
          proto: public_input.proto
          image: konstellation/kre-entrypoint:1.6.0
        config:
          variables:
            - CURRENCY
            - THRESHOLD
        nodes:
          - {name: etl, image: "konstellation/kre-py:1.23.1", src: src/etl/main.py}
          - {name: model, image: "konstellation/kre-py:1.23.1", src: src/model/main.py, gpu: true}
          - {name: output, image: "konstellation/kre-py:1.23.1", src: src/output/main.py}
          - {name: save-metric, image: "konstellation/kre-py:1.23.1", src: src/save-metric/main.py}
        workflows:
          - name: price
            entrypoint: MakePrediction
            sequential: [etl, model, output]
          - name: metric
            entrypoint: SaveMetric
            sequential: [save-metric]

        """
    }

    private static let proto = """
        syntax = "proto3";
        package main;
        message Request { string city = 1; int32 rooms = 2; }
        message Response { double price = 1; }
        message Empty {}
        service Entrypoint {
          rpc MakePrediction (Request) returns (Response) {};
          rpc SaveMetric (Response) returns (Empty) {};
        }

        """

    private static func handler(_ node: String) -> String {
        """
        def init(ctx):
            ctx.logger.info("\(node) is ready")


        async def handler(ctx, data):
            ctx.logger.info("\(node) got a message")
            return data

        """
    }
}
