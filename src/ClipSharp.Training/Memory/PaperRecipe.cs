using System.Text.Json.Nodes;
using ClipSharp.Torch;

namespace ClipSharp.Training.Memory;

/// <summary>The paper's four ways to save memory (2.5) by one name: <c>"memory_recipe": "paper"</c> is gradient checkpointing,
/// Adam's statistics in 16 bits, the text tower's matrices in 16 bits rounded stochastically, and mixed precision. What is set
/// beside it wins.</summary>
public static class PaperRecipe
{
    private const string PrecisionMember = "precision";
    private static readonly string[] Switches = ["grad_checkpointing", "optimizer_state", "text_weights"];

    /// <summary>Takes out of a recipe file what a memory recipe on the command line decides instead; a precision of 16 bits
    /// stays.</summary>
    /// <param name="members">Members of a recipe file; changed.</param>
    public static void Clear(JsonObject members)
    {
        ArgumentNullException.ThrowIfNull(members);
        foreach (var name in Switches)
        {
            members.Remove(name);
        }

        if (Format(members) is NumberFormat.Fp32 or NumberFormat.Auto)
        {
            members.Remove(PrecisionMember);
        }
    }

    /// <summary>Sets what the members' memory recipe sets and they do not.</summary>
    internal static void Fill(JsonObject members)
    {
        if (Text(members, "memory_recipe") != TrainJson.Spell(MemoryRecipe.Paper))
        {
            return;
        }

        members.TryAdd("grad_checkpointing", true);
        members.TryAdd("optimizer_state", TrainJson.Spell(OptimizerState.Fp16));
        if (Text(members, PrecisionMember) is null || Format(members) is NumberFormat.Auto)
        {
            members[PrecisionMember] = Precision.NameOf(NumberFormat.Bf16);
        }

        // Text weights have the format that products read; with float32 asked for there is none.
        if (Format(members) is { } format and not NumberFormat.Fp32)
        {
            members.TryAdd("text_weights", TrainJson.Spell(HalfTextWeights(format)));
        }
    }

    /// <summary>Text weights of 16 bits in the format that products read.</summary>
    internal static TextWeights HalfTextWeights(NumberFormat format) =>
        format == NumberFormat.Fp16 ? TextWeights.Fp16Sr : TextWeights.Bf16Sr;

    // Null where no format is named, or none that there is.
    private static NumberFormat? Format(JsonObject members) => Precision.FormatOf(Text(members, PrecisionMember));

    private static string? Text(JsonObject members, string name) =>
        members[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
