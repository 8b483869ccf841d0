using ClipSharp.ZeroShot;

namespace ClipSharp.Evaluation.Tasks;

/// <summary>What stands for the classes of a set.</summary>
/// <param name="Sentences">The sentences of each class.</param>
/// <param name="Templates">What they were made of; null where each class has sentences of its own.</param>
public sealed record TaskPrompts(ClassPrompts Sentences, IReadOnlyList<string>? Templates);
