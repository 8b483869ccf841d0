namespace ClipSharp.Evaluation.Registry;

/// <summary>The groups of a set, as WILDS and DataComp's fairness sets note them in a <c>.npy</c> beside each picture.</summary>
/// <param name="Name">What a group is, such as "region".</param>
/// <param name="Column">The number of the vector that tells it, from 0.</param>
/// <param name="Names">The names of the groups by their numbers; null = the numbers.</param>
/// <param name="Except">Groups that are not compared: WILDS leaves out FMoW's "Other".</param>
public sealed record SetGroups(string Name, int Column, IReadOnlyList<string>? Names = null,
    IReadOnlyList<string>? Except = null);
