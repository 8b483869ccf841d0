namespace ClipSharp.Training;

internal static class Placeholder;
