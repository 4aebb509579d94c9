// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "lib/lvm_id.h"

void lvm_id_format(char formatted[LVM_ID_SIZE], const char *id)
{
	snprintf(formatted, LVM_ID_SIZE, "%.6s-%.4s-%.4s-%.4s-%.4s-%.4s-%.6s",
		 id, id + 6, id + 10, id + 14, id + 18, id + 22, id + 26);
}
