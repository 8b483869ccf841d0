using System.Text.Json.Nodes;
using ClipSharp.Torch;
using ClipSharp.Training.Memory;

namespace ClipSharp.Training.Tests.Memory;

public sealed class PaperRecipeTests
{
    [Theory]
    [InlineData("""{ "memory_recipe": "paper" }""", "bf16", "fp16", "bf16-sr")]
    [InlineData("""{ "memory_recipe": "paper", "precision": "auto" }""", "bf16", "fp16", "bf16-sr")]
    [InlineData("""{ "memory_recipe": "paper", "precision": "fp16" }""", "fp16", "fp16", "fp16-sr")]
    [InlineData("""{ "memory_recipe": "paper", "precision": "fp32" }""", "fp32", "fp16", "fp32")]
    [InlineData("""{ "memory_recipe": "paper", "optimizer_state": "bf16" }""", "bf16", "bf16", "bf16-sr")]
    [InlineData("""{ "memory_recipe": "paper", "text_weights": "fp32" }""", "bf16", "fp16", "fp32")]
    [InlineData("""{ "memory_recipe": "paper", "precision": "amp" }""", "fp16", "fp16", "fp16-sr")]
    public void The_papers_recipe_sets_what_is_not_set(string json, string precision, string state, string text)
    {
        var options = Read(json);

        Assert.True(options.GradCheckpointing);
        Assert.Equal((precision, state, text),
            (Precision.NameOf(options.Precision), TrainJson.Spell(options.OptimizerState), TrainJson.Spell(options.TextWeights)));
        Assert.Equal(options.ToJson(), Read(options.ToJson()).ToJson());
    }

    [Fact]
    public void No_recipe_sets_nothing() => Assert.Equal(new TrainOptions().ToJson(), Read("""{ "memory_recipe": "none" }""").ToJson());

    [Fact]
    public void An_unknown_recipe_is_refused() =>
        Assert.Contains("--memory-recipe lean is not none or paper",
            Assert.Throws<ClipException>(() => Read("""{ "memory_recipe": "lean" }""").Validated("test", needsData: false)).Message, StringComparison.Ordinal);

    [Fact]
    public void On_the_command_line_it_wins_over_a_recipe_file_but_for_a_precision_of_16_bits()
    {
        var whole = Members(new TrainOptions { Precision = NumberFormat.Fp32 }.ToJson());
        PaperRecipe.Clear(whole);
        whole["memory_recipe"] = "paper";
        var half = Members(new TrainOptions { Precision = NumberFormat.Fp16 }.ToJson());
        PaperRecipe.Clear(half);
        half["memory_recipe"] = "paper";

        Assert.Equal((NumberFormat.Bf16, TextWeights.Bf16Sr), (Read(whole).Precision, Read(whole).TextWeights));
        Assert.Equal((NumberFormat.Fp16, TextWeights.Fp16Sr), (Read(half).Precision, Read(half).TextWeights));
    }

    private static JsonObject Members(string json) => JsonNode.Parse(json)!.AsObject();

    private static TrainOptions Read(string json) => Read(Members(json));

    private static TrainOptions Read(JsonObject members) => TrainOptions.FromJson(members, "test");
}
