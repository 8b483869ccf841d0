namespace ClipSharp.Evaluation;

internal static class Placeholder;
