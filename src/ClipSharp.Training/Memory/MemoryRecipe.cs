using System.Text.Json.Nodes;

namespace ClipSharp.Training.Memory;

/// <summary>The paper's four ways to save memory (2.5) by one name: <c>"memory_recipe": "paper"</c> is gradient checkpointing,
/// Adam's statistics in 16 bits, the text tower's matrices in 16 bits rounded stochastically, and mixed precision. What is set
/// beside it wins.</summary>
public static class MemoryRecipe
{
    /// <summary>The one recipe there is.</summary>
    public const string Paper = "paper";

    private const string Precision = "precision";
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

        if (Text(members, Precision) is "fp32" or "auto")
        {
            members.Remove(Precision);
        }
    }

    /// <summary>Sets what the members' memory recipe sets and they do not.</summary>
    internal static void Fill(JsonObject members)
    {
        if (Text(members, "memory_recipe") != Paper)
        {
            return;
        }

        members.TryAdd("grad_checkpointing", true);
        members.TryAdd("optimizer_state", "fp16");
        if (Text(members, Precision) is null or "auto")
        {
            members[Precision] = "bf16";
        }

        // Text weights have the format that products read; with float32 asked for there is none.
        switch (Text(members, Precision))
        {
            case "fp32":
                break;
            case "fp16" or "amp" or "amp_fp16":
                members.TryAdd("text_weights", "fp16-sr");
                break;
            default:
                members.TryAdd("text_weights", "bf16-sr");
                break;
        }
    }

    private static string? Text(JsonObject members, string name) =>
        members[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
