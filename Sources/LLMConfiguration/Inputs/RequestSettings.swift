/// What a request may say about the model: `spec.execution_config`.
///
/// There is no address and no key here: whoever can send a request must not be able to send the worker's keys
/// elsewhere.
public struct RequestSettings: Sendable, Hashable {
    /// A model's name, an alias or `provider:model`; nil or blank: the worker's own.
    public var modelName: String?
    /// 0 to 2; nil: as the worker has it.
    public var temperature: Double?
    /// The output limit in tokens, at least 1; nil: as the worker has it.
    public var maxTokens: Int?

    /// A request's settings; what is left out is the worker's.
    public init(modelName: String? = nil, temperature: Double? = nil, maxTokens: Int? = nil) {
        self.modelName = modelName
        self.temperature = temperature
        self.maxTokens = maxTokens
    }
}
