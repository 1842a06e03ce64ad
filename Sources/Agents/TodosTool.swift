import StigmerProtos
import Synchronization
import Tools
import WireJSON

/// `write_todos`: the agent's plan, which everybody who watches sees.
public final class TodosTool: Tool {
    /// The tool's name.
    public static let name = "write_todos"

    private static let most = 100
    private static let longest = 1000

    /// Changes the plan that others see, so one at a time.
    public let runsInParallel = false
    private let surroundings: Surroundings
    private let changed: @Sendable ([String: TodoItem]) -> Void
    private let todos: Mutex<[String: TodoItem]>

    /// Makes the tool.
    ///
    /// - Parameters:
    ///   - todos: the plan so far.
    ///   - changed: is told the whole plan when it has changed.
    public init(
        _ todos: [String: TodoItem],
        surroundings: Surroundings,
        changed: @escaping @Sendable ([String: TodoItem]) -> Void
    ) {
        self.todos = Mutex(todos)
        self.surroundings = surroundings
        self.changed = changed
    }

    /// What the model is told.
    public var specification: ToolSpecification {
        ToolSpecification(
            name: Self.name,
            description: "Write your plan: the whole list of things to do, each with its state. Use it for work of "
                + "several steps, and write it again whenever a state changes.",
            parameters: [
                "type": "object",
                "properties": [
                    "todos": [
                        "type": "array",
                        "items": [
                            "type": "object",
                            "properties": [
                                "content": ["type": "string"],
                                "status": [
                                    "type": "string", "enum": ["pending", "in_progress", "completed", "cancelled"],
                                ],
                            ],
                            "required": ["content", "status"],
                        ],
                    ]
                ],
                "required": ["todos"],
            ]
        )
    }

    /// Replaces the plan.
    public func call(_ arguments: JSONValue, _ context: ToolContext) async throws(ToolFailure) -> String {
        guard let items = arguments["todos"]?.elements else {
            throw ToolFailure("todos is missing: give an array of objects with content and status")
        }
        guard items.count <= Self.most else {
            throw ToolFailure("a plan may have \(Self.most) items, not \(items.count)")
        }
        let now = surroundings.timestamp
        var plan: [String: TodoItem] = [:]
        let before = todos.withLock { $0 }
        for (index, item) in items.enumerated() {
            let todo = try read(item, id: "\(index + 1)", now)
            plan[todo.id] = todo
            guard let old = before[todo.id], old.content == todo.content else { continue }
            plan[todo.id]?.createdAt = old.createdAt
            if old.status == todo.status { plan[todo.id]?.updatedAt = old.updatedAt }
        }
        todos.withLock { $0 = plan }
        changed(plan)
        return "the plan has \(plan.count) items now"
    }

    private func read(_ item: JSONValue, id: String, _ now: String) throws(ToolFailure) -> TodoItem {
        guard let content = item["content"]?.text, (1...Self.longest).contains(content.utf8.count) else {
            throw ToolFailure("item \(id): content must be a text of 1 to \(Self.longest) bytes")
        }
        let states: [String: TodoStatus] = [
            "pending": .todoPending, "in_progress": .todoInProgress, "completed": .todoCompleted,
            "cancelled": .todoCancelled,
        ]
        guard let word = item["status"]?.text, let status = states[word] else {
            throw ToolFailure("item \(id): status must be pending, in_progress, completed or cancelled")
        }
        return .with {
            $0.id = id
            $0.content = content
            $0.status = status
            $0.createdAt = now
            $0.updatedAt = now
        }
    }
}
