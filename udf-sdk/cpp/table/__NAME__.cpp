#include "tidemill.h"

// A row for each word.
TIDEMILL_TABLE(__NAME__, ((STRING, word), (INT, length)), (STRING, text)) {
    for (uint32_t i = 0; i < text.length; i++) {
        uint32_t from = i;
        while (i < text.length && text.data[i] != ' ') i++;
        tidemill_text word = { text.data + from, i - from };
        if (word.length > 0) __NAME___row(word, (int32_t)word.length);
    }
}
