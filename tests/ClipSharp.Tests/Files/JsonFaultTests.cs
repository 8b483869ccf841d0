using System.Text.Json;
using ClipSharp.Files;

namespace ClipSharp.Tests.Files;

public sealed class JsonFaultTests
{
    [Theory]
    [InlineData("{\"Whole\": 2.5}", "a value that is not a whole number")]
    [InlineData("{\"MayBe\": \"x\"}", "a value that is not a whole number")]
    [InlineData("{\"Share\": \"x\"}", "a value that is not a number")]
    [InlineData("{\"Is\": 1}", "a value that is not true or false")]
    [InlineData("{\"Name\": 1}", "a value that is not a text")]
    [InlineData("{\"Many\": 1}", "a value that is not a list")]
    [InlineData("{\"Many\": [true]}", "a value that is not a whole number")]
    public void Types_are_called_what_people_call_them(string json, string expected) =>
        Assert.Equal(expected, JsonFault.Describe(Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Kinds>(json))));

    [Fact]
    public void Other_faults_are_told_without_their_place()
    {
        var fault = Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize<Kinds>("{\"Whole\": 1"));
        Assert.Null(JsonFault.Expected(fault));
        Assert.DoesNotContain("LineNumber", JsonFault.Describe(fault), StringComparison.Ordinal);
    }

    private sealed record Kinds
    {
        public int Whole { get; init; }

        public long? MayBe { get; init; }

        public double Share { get; init; }

        public bool Is { get; init; }

        public string? Name { get; init; }

        public IReadOnlyList<int>? Many { get; init; }
    }
}
