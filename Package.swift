// swift-tools-version: 6.2
import PackageDescription

/// Whether the program that libFuzzer drives is built instead of the tests: `Tests/Fuzz/run.sh` says so.
let isFuzzing = Context.environment["AGENT_RUNNER_FUZZ"] != nil

/// Every target is built with the same settings: warnings do not pass.
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

/// The floors of the house, from the ground up: a target depends on floors below it and on none above.
let floors: [Target] = [
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CEpoll"),
    .systemLibrary(name: "CSpawn"),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
        name: "StigmerProtos",
        dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")],
        swiftSettings: strict
    ),
    .target(name: "Failures", swiftSettings: strict),
    .target(name: "WireJSON", swiftSettings: strict),
    .target(name: "LineStreams", swiftSettings: strict),
    .target(
        name: "EventLoop",
        dependencies: [
            .target(name: "CEpoll", condition: .when(platforms: [.linux])),
            .product(name: "HeapModule", package: "swift-collections"),
        ],
        swiftSettings: strict
    ),
    .target(
        name: "HTTPClient",
        dependencies: ["CCurl", "EventLoop", .product(name: "HTTPTypes", package: "swift-http-types")],
        swiftSettings: strict
    ),
    .target(
        name: "HTTPServer",
        dependencies: [
            "COpenSSL", "EventLoop",
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: strict
    ),
    .target(
        name: "LLMConfiguration",
        dependencies: [
            "Failures",
            .product(name: "Configuration", package: "swift-configuration"),
            .product(name: "Yams", package: "Yams"),
        ],
        swiftSettings: strict
    ),
    .target(
        name: "Models",
        dependencies: [
            "EventLoop", "Failures", "HTTPClient", "LineStreams", "LLMConfiguration", "WireJSON",
            .product(name: "HTTPTypes", package: "swift-http-types"),
        ],
        swiftSettings: strict
    ),
    .target(name: "Tools", dependencies: ["CSpawn", "WireJSON"], swiftSettings: strict),
    .target(
        name: "MCP",
        dependencies: [
            "CSpawn", "EventLoop", "HTTPClient", "LineStreams", "Tools", "WireJSON",
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: strict
    ),
    .target(
        name: "Agents",
        dependencies: ["EventLoop", "LLMConfiguration", "Models", "StigmerProtos", "Tools", "WireJSON"],
        swiftSettings: strict
    ),
    .target(
        name: "AgentDefinitions",
        dependencies: ["Failures", "StigmerProtos", .product(name: "Yams", package: "Yams")],
        swiftSettings: strict
    ),
    .target(
        name: "AgentWorkshop",
        dependencies: [
            "AgentDefinitions", "Agents", "EventLoop", "Failures", "HTTPClient", "MCP", "Models", "StigmerProtos",
            "Tools",
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: strict
    ),
    .target(
        name: "Executions",
        dependencies: [
            "Agents", "EventLoop", "Failures", "LLMConfiguration", "Models", "StigmerProtos",
            .product(name: "DequeModule", package: "swift-collections"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        ],
        swiftSettings: strict
    ),
    .target(
        name: "SQLiteStore",
        dependencies: [
            "Executions", "Failures", "StigmerProtos",
            .product(name: "GRDB", package: "GRDB.swift"),
            .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        ],
        swiftSettings: strict
    ),
    .target(
        name: "ExecutionService",
        dependencies: [
            "Agents", "CZlib", "EventLoop", "Executions", "Failures", "HTTPClient", "HTTPServer", "LLMConfiguration",
            "Models", "StigmerProtos", "WireJSON",
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        ],
        swiftSettings: strict
    ),
    .executableTarget(
        name: "agent-runner",
        dependencies: [
            "AgentDefinitions", "AgentWorkshop", "Agents", "EventLoop", "ExecutionService", "Executions", "Failures",
            "HTTPClient", "HTTPServer", "LLMConfiguration", "Models", "SQLiteStore", "StigmerProtos",
            .product(name: "ArgumentParser", package: "swift-argument-parser"),
            .product(name: "Configuration", package: "swift-configuration"),
            .product(name: "Logging", package: "swift-log"),
        ],
        path: "Sources/AgentRunner",
        swiftSettings: strict
    ),
]

let testSupport = Target.target(
    name: "TestSupport",
    dependencies: ["WireJSON"],
    path: "Tests/TestSupport",
    swiftSettings: strict
)

/// What the fuzz targets reach, internals included.
let fuzzed: [Target.Dependency] = [
    "Agents", "ExecutionService", "Executions", "HTTPServer", "LineStreams", "LLMConfiguration", "Models",
    "StigmerProtos",
    "TestSupport", "WireJSON", .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "SwiftProtobuf", package: "swift-protobuf"),
]

let tests: [Target] = [
    testSupport,
    .testTarget(name: "StigmerProtosTests", dependencies: ["StigmerProtos"], swiftSettings: strict),
    .testTarget(name: "WireJSONTests", dependencies: ["TestSupport", "WireJSON"], swiftSettings: strict),
    .testTarget(name: "ToolsTests", dependencies: ["TestSupport", "Tools", "WireJSON"], swiftSettings: strict),
    .testTarget(
        name: "AgentDefinitionsTests",
        dependencies: ["AgentDefinitions", "Failures", "StigmerProtos"],
        swiftSettings: strict
    ),
    .testTarget(name: "LineStreamsTests", dependencies: ["LineStreams", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "EventLoopTests", dependencies: ["EventLoop", "TestSupport"], swiftSettings: strict),
    .testTarget(name: "HTTPClientTests", dependencies: ["HTTPClient", "TestSupport"], swiftSettings: strict),
    .testTarget(
        name: "HTTPServerTests",
        dependencies: ["COpenSSL", "HTTPServer", "TestSupport"],
        swiftSettings: strict
    ),
    .testTarget(
        name: "LLMConfigurationTests",
        dependencies: ["LLMConfiguration", "Models"],
        swiftSettings: strict
    ),
    .testTarget(
        name: "ModelsTests",
        dependencies: [
            "EventLoop", "Failures", "HTTPClient", "LineStreams", "LLMConfiguration", "Models", "TestSupport",
            .product(name: "HTTPTypes", package: "swift-http-types"),
        ],
        swiftSettings: strict
    ),
    .testTarget(
        name: "AgentsTests",
        dependencies: ["Agents", "EventLoop", "LLMConfiguration", "Models", "StigmerProtos", "Tools", "WireJSON"],
        swiftSettings: strict
    ),
    .testTarget(
        name: "MCPTests",
        dependencies: [
            "EventLoop", "HTTPClient", "MCP", "TestSupport", "Tools", "WireJSON",
            .product(name: "Logging", package: "swift-log"),
        ],
        exclude: ["Servers"],
        swiftSettings: strict
    ),
    .testTarget(
        name: "ExecutionsTests",
        dependencies: [
            "Agents", "EventLoop", "Executions", "Failures", "HTTPClient", "LLMConfiguration", "Models",
            "StigmerProtos", "TestSupport", "Tools", "WireJSON",
            .product(name: "Logging", package: "swift-log"),
        ],
        swiftSettings: strict
    ),
    .testTarget(
        name: "ExecutionStoreTests",
        dependencies: [
            "Executions", "Failures", "SQLiteStore", "StigmerProtos", "TestSupport",
            .product(name: "GRDB", package: "GRDB.swift"),
        ],
        swiftSettings: strict
    ),
    .testTarget(
        name: "ExecutionServiceTests",
        dependencies: [
            "Agents", "CZlib", "EventLoop", "ExecutionService", "Executions", "Failures", "HTTPClient", "HTTPServer",
            "LLMConfiguration", "Models", "StigmerProtos", "TestSupport",
            .product(name: "HTTPTypes", package: "swift-http-types"),
            .product(name: "Logging", package: "swift-log"),
            .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        ],
        swiftSettings: strict
    ),
    .testTarget(
        name: "RunnerTests",
        dependencies: [
            "Agents", "EventLoop", "ExecutionService", "Executions", "Failures", "HTTPClient", "HTTPServer",
            "LLMConfiguration", "Models", "StigmerProtos", "TestSupport",
            .product(name: "Logging", package: "swift-log"),
            .product(name: "SwiftProtobuf", package: "swift-protobuf"),
        ],
        swiftSettings: strict
    ),
    .testTarget(name: "AgentRunnerTests", dependencies: ["agent-runner", "HTTPServer"], swiftSettings: strict),
    .testTarget(
        name: "FuzzTests",
        dependencies: fuzzed,
        path: "Tests/Fuzz",
        exclude: ["Corpora", "Dictionaries", "Driver", "run.sh"],
        swiftSettings: strict
    ),
]

/// The program that libFuzzer drives, for `Tests/Fuzz/run.sh` alone: it links with `--sanitize=fuzzer` only.
let fuzzing: [Target] = [
    testSupport,
    .target(name: "FuzzTargets", dependencies: fuzzed, path: "Tests/Fuzz/Targets", swiftSettings: strict),
    .executableTarget(name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Driver"),
]

let package = Package(
    name: "agent-runner",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "agent-runner", targets: ["agent-runner"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: floors + (isFuzzing ? fuzzing : tests),
    swiftLanguageModes: [.v6]
)
