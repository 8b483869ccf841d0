using System.Globalization;
using System.Text.RegularExpressions;

namespace ClipSharp.Parts;

/// <summary>The share of one of several processes that do one job together. The job is a row of units that are made whole, such
/// as shards of vectors; a part takes neighbouring ones, and each part as many as any other or one more. Every unit is of
/// exactly one part.</summary>
public sealed partial record WorkPart
{
    /// <summary>A part.</summary>
    /// <param name="number">Which, from 1 on.</param>
    /// <param name="count">Of how many.</param>
    public WorkPart(int number, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(number, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(number, count);
        (Number, Count) = (number, count);
    }

    /// <summary>Which, from 1 on.</summary>
    public int Number { get; }

    /// <summary>Of how many.</summary>
    public int Count { get; }

    /// <summary>A name for files: "2-of-8".</summary>
    internal string FileName => string.Create(CultureInfo.InvariantCulture, $"{Number}-of-{Count}");

    /// <summary>"2/8".</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number}/{Count}");

    /// <summary>The units of this part: from the first to before the end.</summary>
    /// <param name="units">Of the whole job.</param>
    public (int First, int End) Of(int units)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(units);
        return ((int)((long)units * (Number - 1) / Count), (int)((long)units * Number / Count));
    }

    /// <summary>What a person types: "2/8"; "auto" for what a job array says; "auto/8" where the array does not say how
    /// many.</summary>
    /// <param name="text">It.</param>
    /// <param name="variable">The environment: <c>SLURM_ARRAY_TASK_ID</c> with <c>_MIN</c>, <c>_MAX</c>, <c>_STEP</c> and
    /// <c>_COUNT</c>, or Kubernetes' <c>JOB_COMPLETION_INDEX</c>, which counts from 0.</param>
    /// <exception cref="ClipException">It is neither, or nothing says which part this is.</exception>
    public static WorkPart Parse(string text, Func<string, string?> variable)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(variable);
        var typed = Typed().Match(text);
        int? Group(string name) => typed.Groups[name] is { Success: true } group ? NumberOf(group.Value) : null;
        var count = Group("count");
        var part = !typed.Success ? null
            : typed.Groups["auto"].Success ? OfEnvironment(count, variable)
            : Part(Group("number"), count);
        return part ?? throw new ClipException(ClipError.Usage, "There is no such part", "--part", text,
            "a number and how many there are, such as 2/8, or auto, which job arrays know", "Count parts from 1.");
    }

    /// <summary>The part that a file's name stands for, or null.</summary>
    internal static WorkPart? OfFileName(string name)
    {
        var match = Named().Match(name);
        return match.Success && Part(NumberOf(match.Groups[1].Value), NumberOf(match.Groups[2].Value)) is { } part
            && part.FileName == name ? part : null;
    }

    private static WorkPart OfEnvironment(int? asked, Func<string, string?> variable)
    {
        int? Variable(string name) => NumberOf(variable(name));
        if (Variable("SLURM_ARRAY_TASK_ID") is { } id)
        {
            var (first, step, count) = (Variable("SLURM_ARRAY_TASK_MIN") ?? 0, Variable("SLURM_ARRAY_TASK_STEP") ?? 1,
                Variable("SLURM_ARRAY_TASK_COUNT") ?? asked);
            var isEven = step > 0 && (id - first) % step == 0
                && (Variable("SLURM_ARRAY_TASK_MAX") is not { } last || ((last - first) / step) + 1 == count);
            return (isEven && (asked ?? count) == count ? Part(((id - first) / step) + 1, count) : null)
                ?? throw NotTold($"SLURM_ARRAY_TASK_ID {id}, first {first}, step {step}, count {count}",
                    "an array without gaps, such as --array=1-8");
        }

        if (Variable("JOB_COMPLETION_INDEX") is { } index)
        {
            return Part(index + 1, asked)
                ?? throw NotTold($"JOB_COMPLETION_INDEX {index}" + (asked is null ? "" : $" of {asked}"),
                    "how many there are too, more than the index: auto/8");
        }

        throw NotTold("neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX", "a job array");
    }

    private static ClipException NotTold(string found, string expected) => new(ClipError.Usage,
        "The environment does not say which part this is", "--part auto", found, expected, "Give it: --part 2/8.");

    private static WorkPart? Part(int? number, int? count) =>
        number is >= 1 && number <= count ? new WorkPart(number.Value, count!.Value) : null;

    private static int? NumberOf(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    [GeneratedRegex("^((?<number>[0-9]+)/(?<count>[0-9]+)|(?<auto>auto)(/(?<count>[0-9]+))?)$")]
    private static partial Regex Typed();

    [GeneratedRegex("^([0-9]+)-of-([0-9]+)$")]
    private static partial Regex Named();
}
