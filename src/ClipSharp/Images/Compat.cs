namespace ClipSharp.Images;

/// <summary>Whose bytes pictures become.</summary>
public enum Compat
{
    /// <summary>"openai", open_clip's too: resized in the file's own mode, then RGB; 16-bit grey clips to white.</summary>
    OpenAI,

    /// <summary>"huggingface": RGB first, the offset of the crop rounded down; 16-bit grey clips to white.</summary>
    HuggingFace,

    /// <summary>"clipsharp": RGB first, 16-bit grey keeps its high byte.</summary>
    ClipSharp,
}
