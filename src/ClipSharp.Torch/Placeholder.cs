namespace ClipSharp.Torch;

internal static class Placeholder;
